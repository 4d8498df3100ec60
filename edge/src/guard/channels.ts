import { later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { Signal } from "./sensed.ts";

/** An input that a lane can have twice, by the name of its first channel. */
export type PairName = "safety" | "photo_eye";
export const SECOND_CHANNEL = { safety: "safety_b", photo_eye: "photo_eye_b" } as const;

/**
 * How long two good channels may differ, ms: a bumper meets one beam before the other. Safety relays call it discrepancy
 * time and use the same order (ISO 13849-1, category 3). The difference is a hazard from its first sample in any case.
 */
export const DISCREPANCY_MS = 500;

/*
 *  agree ─differ─▶ differ ─for DISCREPANCY_MS─▶ latched ─both active─▶ seen ─both clear─▶ agree
 *    ▲────same again──┘
 */
export type ChannelPair =
  | { readonly at: "agree" }
  | { readonly at: "differ"; readonly since: MonoMs }
  | { readonly at: "latched" }
  | { readonly at: "seen" };

export type Channels = Readonly<Record<PairName, ChannelPair>>;

const AGREE: ChannelPair = { at: "agree" };
export const NO_DIFFERENCE: Channels = { safety: AGREE, photo_eye: AGREE };

/** What both channels of a pair say at `now`; `clear` when both have been quiet for the hold time. */
export interface PairSight {
  readonly first: Signal;
  readonly second: Signal;
  readonly clear: boolean;
}

/** One pair a moment later (SAFE-14). An unknown channel is a hazard by itself, but no contradiction. */
export function followPair(pair: ChannelPair, { first, second, clear }: PairSight, now: MonoMs): ChannelPair {
  const differ = first !== second && first !== "unknown" && second !== "unknown";
  switch (pair.at) {
    case "agree":
      return differ ? { at: "differ", since: now } : pair;
    case "differ":
      if (!differ) return AGREE;
      return now >= later(pair.since, DISCREPANCY_MS) ? { at: "latched" } : pair;
    case "latched":
      return first === "active" && second === "active" ? { at: "seen" } : pair;
    case "seen":
      return clear ? AGREE : pair;
  }
}

/** Whether a pair has contradicted itself and has not yet shown that both of it work. */
export function isLatched({ at }: ChannelPair): boolean {
  return at === "latched" || at === "seen";
}
