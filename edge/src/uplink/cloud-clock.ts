import type { Confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock, WallMs } from "@gatehouse/shared/kit/clock.ts";
import { type CloudTime, cloudTimeAt, isSynced, measureCloudTime, notBefore, surerOf } from "./cloud-time.ts";

/** A wall time and how far it can be trusted. */
export interface LotTime {
  readonly at: WallMs;
  readonly quality: ClockQuality;
}

/** The cloud's time as the present connection shows it. */
export interface CloudClock {
  /** A confirmation came; `echo` is what the last hello carried. */
  heard(confirm: Confirm, echo: number | null): void;
  /** The answer to a question that was sent at the monotonic time `echo` read `cloudAt` in the cloud. */
  measured(echo: number, cloudAt: number): void;
  /** The connection has ended: what it showed is no ground for judging commands of the next one. */
  lost(): void;
  /** Null before this connection's first measurement. */
  now(): WallMs | null;
  /** Monotonic ms since the cloud's clock read `cloudAt`; null before this connection's first measurement. */
  sinceMs(cloudAt: number): number | null;
  /**
   * How far this edge's wall clock can be trusted (SYNC-13), judged anew at each call: it may be set while a connection
   * lives. `holdover` when it agrees with the time of a connection that has ended. Null before the first measurement of
   * this run.
   */
  quality(): ClockQuality | null;
  /** This computer's time where it is right, else the cloud's; null before the first measurement of this run. */
  lotTime(): LotTime | null;
}

/** `rate` is how many wall milliseconds go into a monotonic one: 1, but for simulated lots. */
export function createCloudClock(clock: Clock, rate = 1): CloudClock {
  let known: CloudTime | null = null;
  /** The last that was known, also after its connection. */
  let remembered: CloudTime | null = null;

  function know(time: CloudTime): void {
    known = time;
    remembered = time;
  }

  function measured(echo: number, cloudAt: number): void {
    const fresh = measureCloudTime({ sentAt: echo, receivedAt: clock.mono(), cloudAt, rate });
    if (fresh !== null) know(surerOf(known, fresh));
  }

  function lotTime(): LotTime | null {
    if (remembered === null) return null;
    const agreed = known ? "synced" : "holdover";
    const wall = clock.wall();
    const isRight = isSynced(wall, remembered, clock.mono());
    return { at: isRight ? wall : cloudTimeAt(remembered, clock.mono()), quality: agreed };
  }

  return {
    heard: (confirm, echo) => {
      if (echo !== null && confirm.echo_mono === echo) measured(echo, confirm.cloud_at);
      else if (known) know(notBefore(known, confirm.cloud_at, clock.mono()));
    },
    measured,
    lost: () => {
      known = null;
    },
    now: () => (known ? cloudTimeAt(known, clock.mono()) : null),
    sinceMs: (cloudAt) => (known ? Math.max(0, (cloudTimeAt(known, clock.mono()) - cloudAt) / rate) : null),
    quality: () => {
      if (remembered === null) return null;
      if (!isSynced(clock.wall(), remembered, clock.mono())) return "unknown";
      return known ? "synced" : "holdover";
    },
    lotTime,
  };
}
