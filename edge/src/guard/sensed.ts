import type { ContactSignal, LoopSignal } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";

/** What an input says, whatever it is made of: `active` is a vehicle, a cut beam, an alarm, an arm at its limit. */
export type Signal = "quiet" | "active" | "unknown";

export interface SensedInput {
  readonly signal: Signal;
  /** Last sample, null before the first. */
  readonly sampledAt: MonoMs | null;
  /** Since when the signal has been the same without a gap in the samples. */
  readonly since: MonoMs;
}

/** An input that has not spoken, or is gone. */
export function unknownInput(now: MonoMs): SensedInput {
  return { signal: "unknown", sampledAt: null, since: now };
}

/** Whether the last sample is young enough to be believed. */
export function isFresh(input: SensedInput, now: MonoMs, freshMs: number): boolean {
  return input.sampledAt !== null && now - input.sampledAt <= freshMs;
}

/** Takes in one sample. A changed signal, and one that comes after a gap, starts its hold time anew (SAFE-03, SAFE-12). */
export function sampled(input: SensedInput, signal: Signal, now: MonoMs, freshMs: number): SensedInput {
  const unbroken = signal === input.signal && isFresh(input, now, freshMs);
  return { signal, sampledAt: now, since: unbroken ? input.since : now };
}

/** The last signal once more; an input that never spoke stays unknown. */
export function confirmed(input: SensedInput, now: MonoMs, freshMs: number): SensedInput {
  return input.sampledAt === null ? input : sampled(input, input.signal, now, freshMs);
}

/** The signal as far as it can be believed now: a stale one is unknown. */
export function signalNow(input: SensedInput, now: MonoMs, freshMs: number): Signal {
  return isFresh(input, now, freshMs) ? input.signal : "unknown";
}

/** Fresh and quiet for the whole hold time; everything else is a hazard (SAFE-03, SAFE-12). */
export function isClear(input: SensedInput, now: MonoMs, limits: { freshMs: number; holdMs: number }): boolean {
  return isFresh(input, now, limits.freshMs) && input.signal === "quiet" && now - input.since >= limits.holdMs;
}

/** A detector's fault says nothing of the loop, so it reads as unknown (SAFE-03). */
export function loopToSignal(signal: LoopSignal): Signal {
  switch (signal) {
    case "occupied":
      return "active";
    case "clear":
      return "quiet";
    case "fault":
    case "unknown":
    case "restarted":
      return "unknown";
  }
}

/** Normally closed: only a closed contact is quiet, so that a cut wire is an alarm (SAFE-08). */
export function contactToSignal(signal: ContactSignal): Signal {
  return signal === "closed" ? "quiet" : "active";
}
