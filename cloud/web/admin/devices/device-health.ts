import type { deviceView } from "@gatehouse/shared/contracts/http/devices.ts";
import { DAY_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import type { z } from "zod";
import type { Tone } from "../../ui/tone.ts";

export type Device = z.infer<typeof deviceView>;

/** A connected edge drains 1,000 events a second: one that has waited this long is stuck (SYNC-18: 60 s and the backlog). */
const BACKLOG_LATE_MS = 10 * MINUTE_MS;
/** A connected edge confirms its data each minute. */
const REPLICA_LATE_MS = 10 * MINUTE_MS;
/** By now a certificate should have been renewed. */
const CERTIFICATE_LATE_MS = 14 * DAY_MS;
const DISK_LOW_BYTES = 512 * 1_048_576;

/** What somebody should know or do about a device, the gravest first. */
export const CONCERNS = [
  "clone",
  "fork",
  "rolled_back",
  "renewal_asked",
  "certificate_over",
  "dead_letters",
  "epoch_due",
  "not_connected",
  "backlog_late",
  "replica_late",
  "certificate_ends",
  "clock_unknown",
  "disk_low",
] as const;
export type Concern = (typeof CONCERNS)[number];

const TONES: Readonly<Record<Concern, Tone>> = {
  clone: "bad",
  fork: "bad",
  rolled_back: "bad",
  renewal_asked: "bad",
  certificate_over: "bad",
  dead_letters: "bad",
  epoch_due: "quiet",
  not_connected: "warn",
  backlog_late: "warn",
  replica_late: "warn",
  certificate_ends: "warn",
  clock_unknown: "warn",
  disk_low: "warn",
};

export function toneOf(concern: Concern): Tone {
  return TONES[concern];
}

/**
 * All that is wrong with a device, the gravest first. `now` is the cloud's wall time in ms, `rate` how
 * many of it pass in a real one (not 1 in a simulation). None for a revoked device.
 */
export function concernsOf(device: Device, now: number, rate = 1): readonly Concern[] {
  if (device.revoked_at !== null) return [];
  return CONCERNS.filter((concern) => holds(concern, device, { now, rate }));
}

/** Whether something is wrong with a device that doesn't mend itself unseen. */
export function needsSomebody(device: Device, now: number, rate = 1): boolean {
  return concernsOf(device, now, rate).some((concern) => toneOf(concern) !== "quiet");
}

/** The devices that need somebody first, revoked ones last; otherwise in the order given. */
export function inOrderOfNeed(devices: readonly Device[], now: number, rate = 1): readonly Device[] {
  const rank = (device: Device): number => {
    if (device.revoked_at !== null) return CONCERNS.length + 1;
    const [gravest] = concernsOf(device, now, rate);
    return gravest === undefined ? CONCERNS.length : CONCERNS.indexOf(gravest);
  };
  return [...devices].sort((one, other) => rank(one) - rank(other));
}

/** How many versions of the lot's data the edge lacks; null when one side isn't known. */
export function replicaLag({ replica_version: version, replica_head: head }: Device): number | null {
  return version === null || head === null ? null : Math.max(0, head - version);
}

/** For how long the oldest event has waited at the edge, ms; null when none waits or the edge told nothing. */
export function oldestPendingMs(device: Device, now: number): number | null {
  return ageMs(device, { at: device.standing?.oldest_pending_at ?? null, now });
}

/** How long ago the edge's data were confirmed, ms; null when never, or the edge told nothing. */
export function replicaAgeMs(device: Device, now: number): number | null {
  return ageMs(device, { at: device.standing?.replica_confirmed_at ?? null, now });
}

/** The edge's clock may be wrong: by it the age when it last spoke counts, and by the cloud's what has passed since. */
function ageMs(device: Device, { at, now }: { readonly at: number | null; readonly now: number }): number | null {
  if (at === null || device.standing_at === null) return null;
  const whenTold = Math.max(0, Date.parse(device.standing_at) - at);
  return whenTold + Math.max(0, now - Date.parse(device.last_seen_at));
}

function holds(
  concern: Concern,
  device: Device,
  { now, rate }: { readonly now: number; readonly rate: number },
): boolean {
  const leftMs = Date.parse(device.certificate_not_after) - now;
  switch (concern) {
    case "clone":
    case "fork":
    case "rolled_back":
      return device.stopped_for === concern;
    case "renewal_asked":
      return device.renewal_asked_at !== null;
    case "certificate_over":
      return leftMs <= 0 && device.renewal_asked_at === null;
    case "certificate_ends":
      return leftMs > 0 && leftMs < CERTIFICATE_LATE_MS;
    case "dead_letters":
      return device.dead_letters > 0;
    case "epoch_due":
      return device.epoch_due;
    case "not_connected":
      return !device.connected;
    case "backlog_late":
      return device.connected && (oldestPendingMs(device, now) ?? 0) > BACKLOG_LATE_MS * rate;
    case "replica_late":
      return device.connected && (replicaAgeMs(device, now) ?? 0) > REPLICA_LATE_MS * rate;
    case "clock_unknown":
      return device.connected && device.standing?.clock_quality === "unknown";
    case "disk_low":
      return device.connected && device.standing !== null && device.standing.disk_free_bytes < DISK_LOW_BYTES;
  }
}
