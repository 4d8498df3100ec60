import { type MonoMs, type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";

/** The cloud's clock as one connection has shown it, tied to our monotonic clock. */
export interface CloudTime {
  /** The cloud's wall time at `mono`, at the earliest. */
  readonly at: WallMs;
  readonly mono: MonoMs;
  /** Monotonic time of the measurement; `mono` may be of a later message that showed it to be slow. */
  readonly measuredAt: MonoMs;
  /** How long the question and its answer took; the estimate is off by half of it at most. */
  readonly roundTripMs: number;
  /** Wall milliseconds in a monotonic one: 1, but for simulated lots. */
  readonly rate: number;
}

/** A question and its answer. `sentAt` and `receivedAt` are monotonic, `cloudAt` is in the answer. */
export interface TimeQuestion {
  readonly sentAt: number;
  readonly receivedAt: MonoMs;
  readonly cloudAt: number;
  readonly rate: number;
}

/** A question that took longer than this says too little about the time. */
export const CLOUD_TIME_MAX_ROUND_TRIP_MS = 4_000;
/** An edge whose wall clock is within this of the cloud's counts as synced. */
export const SYNCED_WITHIN_MS = 2_000;

/**
 * How far two clocks may part: 100 ppm, which an uncalibrated crystal keeps to. (RFC 5905 reckons with 15 ppm for a clock
 * that is being disciplined, and 500 ppm as the most that it mends.)
 */
const DRIFT = 1e-4;

/** What an answer tells of the cloud's time; null when it took too long to tell anything. */
export function measureCloudTime({ sentAt, receivedAt, cloudAt, rate }: TimeQuestion): CloudTime | null {
  const roundTripMs = receivedAt - sentAt;
  if (roundTripMs < 0 || roundTripMs > CLOUD_TIME_MAX_ROUND_TRIP_MS) return null;
  return {
    at: wallMs(Math.round(cloudAt + (roundTripMs / 2) * rate)),
    mono: receivedAt,
    measuredAt: receivedAt,
    roundTripMs,
    rate,
  };
}

/** The cloud's time now. */
export function cloudTimeAt({ at, mono, rate }: CloudTime, now: MonoMs): WallMs {
  return wallMs(Math.round(at + (now - mono) * rate));
}

/**
 * A message stamped `cloudAt` was received: it is at least that late in the cloud. The estimate only ever moves on, so
 * that a command expires too early rather than too late.
 */
export function notBefore(known: CloudTime, cloudAt: number, now: MonoMs): CloudTime {
  return cloudAt > cloudTimeAt(known, now) ? { ...known, at: wallMs(cloudAt), mono: now } : known;
}

/** By how much the estimate may be off now, in monotonic ms: half the round trip, and more with each hour after it. */
export function uncertaintyMs({ roundTripMs, measuredAt }: CloudTime, now: MonoMs): number {
  return roundTripMs / 2 + (now - measuredAt) * DRIFT;
}

/**
 * Which of two measurements to go by: the surer one, which with equal age is the one with the shorter round trip
 * (RFC 5905, 10). When they contradict each other, one of the clocks was set: then the fresh one.
 */
export function surerOf(known: CloudTime | null, fresh: CloudTime): CloudTime {
  if (known === null) return fresh;
  const now = fresh.measuredAt;
  const [knownMs, freshMs] = [uncertaintyMs(known, now), uncertaintyMs(fresh, now)];
  const isContradiction = Math.abs(cloudTimeAt(known, now) - fresh.at) > (knownMs + freshMs) * fresh.rate + 1;
  return isContradiction || freshMs <= knownMs ? fresh : known;
}

/** Whether a wall clock that reads `wall` now agrees with the cloud's time, as far as that is known. */
export function isSynced(wall: WallMs, time: CloudTime, now: MonoMs): boolean {
  return Math.abs(wall - cloudTimeAt(time, now)) <= (SYNCED_WITHIN_MS + uncertaintyMs(time, now)) * time.rate;
}
