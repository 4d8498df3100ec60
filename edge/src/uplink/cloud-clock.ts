import type { Confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock, WallMs } from "@gatehouse/shared/kit/clock.ts";
import { type CloudTime, cloudTimeAt, isSynced, measureCloudTime, notBefore } from "./cloud-time.ts";

/** The cloud's time as the present connection shows it. */
export interface CloudClock {
  /** A confirmation came; `echo` is what the last hello carried. */
  heard(confirm: Confirm, echo: number | null): void;
  /** The connection has ended: what it showed is no ground for judging commands of the next one. */
  lost(): void;
  /** Null before this connection's first measurement. */
  now(): WallMs | null;
  /**
   * How far this edge's wall clock can be trusted (SYNC-13): as the last measurement says while connected; afterwards
   * `holdover` when it was good. Null before the first measurement of this run.
   */
  quality(): ClockQuality | null;
}

/** `rate` is how many wall milliseconds go into a monotonic one: 1, but for simulated lots. */
export function createCloudClock(clock: Clock, rate = 1): CloudClock {
  let known: CloudTime | null = null;
  let wasSynced: boolean | null = null;

  function measure(echo: number, cloudAt: number): void {
    const measured = measureCloudTime({ sentAt: echo, receivedAt: clock.mono(), cloudAt, rate });
    if (measured === null) return;
    known = measured;
    wasSynced = isSynced(clock.wall(), measured);
  }

  return {
    heard: (confirm, echo) => {
      if (echo !== null && confirm.echo_mono === echo) measure(echo, confirm.cloud_at);
      else if (known) known = notBefore(known, confirm.cloud_at, clock.mono());
    },
    lost: () => {
      known = null;
    },
    now: () => (known ? cloudTimeAt(known, clock.mono()) : null),
    quality: () => {
      if (wasSynced === null) return null;
      if (!wasSynced) return "unknown";
      return known ? "synced" : "holdover";
    },
  };
}
