import { type Clock, type MonoMs, monoMs } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";

/**
 * Monotonic time that all threads of this process share, in ms. `performance.now()` can't be used between threads: each
 * worker counts from its own start.
 */
export function processMono(): MonoMs {
  return monoMs(Number(process.hrtime.bigint()) / 1e6);
}

/** The machine's clocks with a monotonic time that has the same zero in every thread. */
export function processClock(): Clock {
  return { ...systemClock(), mono: processMono };
}
