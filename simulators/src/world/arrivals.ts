import { later, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";

export interface ArrivalRate {
  /** Vehicles an hour of wall time. */
  readonly perHour: number;
  /** Factor by hour of the lot's day, 24 of them; empty: the same all day. */
  readonly dayProfile: readonly number[];
  readonly timeZone: string;
}

/** Never slower than this share of the rate, so that a night's zero doesn't push the next arrival out of sight. */
const LEAST_FACTOR = 0.02;

/** When the next vehicle comes, after one at `previous`: a Poisson process whose rate follows the hour of the day. */
export function nextArrival(previous: WallMs, rate: ArrivalRate, traffic: number, random: Random): WallMs {
  const factor = Math.max(LEAST_FACTOR, rate.dayProfile[hourOfDay(previous, rate.timeZone)] ?? 1);
  const perHour = Math.max(1e-6, rate.perHour * traffic * factor);
  return later(previous, (-Math.log(1 - random.next()) / perHour) * HOUR_MS);
}

/** 0 to 23 on the lot's wall clock. */
function hourOfDay(at: WallMs, timeZone: string): number {
  return Number(new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone }).format(at));
}
