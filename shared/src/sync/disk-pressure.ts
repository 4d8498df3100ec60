import { assertNever } from "../kit/exhaustive.ts";

/**
 * How far the edge's store has filled its share of the disk, and what follows from it (SYNC-14); without IO.
 *
 *     normal ──80 %──▶ shed ──95 %──▶ refuse_entries
 *        ◀──75 %────────┘ ◀──90 %──────────┘
 *
 * Invariants:
 * 1. `shed`: telemetry is not written; everything else is.
 * 2. `refuse_entries`: the same, and no new vehicle is let in; whoever is inside pays and leaves as ever.
 * 3. A level ends five points below where it began, so that one pruned page and one new event don't make it flap.
 */
export const pressureLevels = ["normal", "shed", "refuse_entries"] as const;
export type PressureLevel = (typeof pressureLevels)[number];

/** Parts of the share, 0 to 1. */
const LIMITS = { shedFrom: 0.8, shedUntil: 0.75, refuseFrom: 0.95, refuseUntil: 0.9 };

/** What the store may fill: so many bytes, or a part of its file system. */
export type StoreShare =
  | { readonly kind: "bytes"; readonly bytes: number }
  | { readonly kind: "percent"; readonly percent: number };

/** A quarter of a card: 4 GB of 16, 8 GB of 32; the rest is for the system, two releases and the logs. */
export const DEFAULT_SHARE: StoreShare = { kind: "percent", percent: 25 };

/**
 * What the parts of the store that don't grow with the outbox can take: 32 MiB journal, and two generations of a large
 * replica. A percentage counts for no less, and a smaller share is warned of.
 */
export const SHARE_MIN_BYTES = 256 * 1_048_576;

/** Left free for the write-ahead log, logs, updates and the system, whatever the share; on a small disk a fiftieth of it. */
export const SYSTEM_RESERVE_BYTES = 256 * 1_048_576;
const SYSTEM_RESERVE_PART = 0.02;

/** What is measured, all in bytes. */
export interface SpaceSeen {
  /** What the store's rows take. */
  readonly usedBytes: number;
  /** Taken from the disk by the store before, and empty now: it grows into them first. */
  readonly reusableBytes: number;
  /** Free on the file system, for the agent's user. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The share in bytes on a disk of this size. */
export function shareBytes(share: StoreShare, totalBytes: number): number {
  switch (share.kind) {
    case "bytes":
      return share.bytes;
    case "percent":
      return Math.max(SHARE_MIN_BYTES, Math.floor((totalBytes * share.percent) / 100));
    default:
      return assertNever(share);
  }
}

/** What the store may really fill: its share, or less where others have taken the disk. Not below 0. */
export function roomBytes(share: StoreShare, { usedBytes, reusableBytes, freeBytes, totalBytes }: SpaceSeen): number {
  const reserve = Math.min(SYSTEM_RESERVE_BYTES, Math.floor(totalBytes * SYSTEM_RESERVE_PART));
  const reachable = usedBytes + reusableBytes + Math.max(0, freeBytes - reserve);
  return Math.max(0, Math.min(shareBytes(share, totalBytes), reachable));
}

/** The level after a look at a store of `usedBytes` that may fill `room` bytes. */
export function nextLevel(
  level: PressureLevel,
  { usedBytes, room }: { readonly usedBytes: number; readonly room: number },
): PressureLevel {
  const fill = room > 0 ? usedBytes / room : 1;
  if (fill >= (level === "refuse_entries" ? LIMITS.refuseUntil : LIMITS.refuseFrom)) return "refuse_entries";
  return fill >= (level === "normal" ? LIMITS.shedFrom : LIMITS.shedUntil) ? "shed" : "normal";
}

/** Whether `level` asks for more than `other`. */
export function isGraver(level: PressureLevel, other: PressureLevel): boolean {
  return pressureLevels.indexOf(level) > pressureLevels.indexOf(other);
}
