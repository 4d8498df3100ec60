import { type Clock, monoMs, type Timer, type WallMs, wallMs } from "./clock.ts";

/**
 * How a simulated lot's wall clock runs: it read `anchorWallMs` when the machine's clock read `anchorMachineMs`, and
 * goes `rate` times as fast. Monotonic time is never scaled: barriers, loops and safety timers stay physical.
 */
export interface WallRate {
  readonly anchorMachineMs: number;
  readonly anchorWallMs: number;
  readonly rate: number;
}

const REAL_TIME: WallRate = { anchorMachineMs: 0, anchorWallMs: 0, rate: 1 };

/** The machine's clocks, with an optional faster wall clock for simulated worlds. */
export function systemClock(wallRate: WallRate = REAL_TIME): Clock {
  return {
    wall: () => scaleWall(Date.now(), wallRate),
    mono: () => monoMs(performance.now()),
    after: (delayMs, fire) => timerOf(setTimeout(fire, delayMs), clearTimeout),
    every: (periodMs, fire) => timerOf(setInterval(fire, periodMs), clearInterval),
  };
}

/** The simulated wall time at a machine's time. */
export function scaleWall(machineMs: number, { anchorMachineMs, anchorWallMs, rate }: WallRate): WallMs {
  return wallMs(Math.round(anchorWallMs + (machineMs - anchorMachineMs) * rate));
}

function timerOf<Handle>(handle: Handle, clear: (handle: Handle) => void): Timer {
  return { cancel: () => clear(handle) };
}
