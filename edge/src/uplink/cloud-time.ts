import { type MonoMs, type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";

/** The cloud's clock as one connection has shown it, tied to our monotonic clock. */
export interface CloudTime {
  /** The cloud's wall time at `mono`, at the earliest. */
  readonly at: WallMs;
  readonly mono: MonoMs;
  /** How long the question and its answer took; the estimate is off by half of it at most. */
  readonly roundTripMs: number;
  /** Wall milliseconds in a monotonic one: 1, but for simulated lots. */
  readonly rate: number;
}

/** A hello's question and its answer. `sentAt` and `receivedAt` are monotonic, `cloudAt` is in the answer. */
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

/** What an answer tells of the cloud's time; null when it took too long to tell anything. */
export function measureCloudTime({ sentAt, receivedAt, cloudAt, rate }: TimeQuestion): CloudTime | null {
  const roundTripMs = receivedAt - sentAt;
  if (roundTripMs < 0 || roundTripMs > CLOUD_TIME_MAX_ROUND_TRIP_MS) return null;
  return { at: wallMs(Math.round(cloudAt + (roundTripMs / 2) * rate)), mono: receivedAt, roundTripMs, rate };
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

/** Whether a wall clock that reads `wall` at the moment of a measurement agrees with it, as far as it can tell. */
export function isSynced(wall: WallMs, { at, roundTripMs, rate }: CloudTime): boolean {
  return Math.abs(wall - at) <= (SYNCED_WITHIN_MS + roundTripMs / 2) * rate;
}
