import type { Confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock, WallMs } from "@gatehouse/shared/kit/clock.ts";
import { type CloudTime, cloudTimeAt, measureCloudTime, notBefore, qualityOf } from "./cloud-time.ts";

/** The cloud's time as the present connection shows it. */
export interface CloudClock {
  /** A confirmation came; `echo` is what the last hello carried. */
  heard(confirm: Confirm, echo: number | null): void;
  /** The connection has ended: what it showed is no ground for judging commands of the next one. */
  lost(): void;
  /** Null before this connection's first measurement. */
  now(): WallMs | null;
  quality(): ClockQuality;
}

export function createCloudClock(clock: Clock): CloudClock {
  let known: CloudTime | null = null;
  let wasSynced = false;
  const quality = (): ClockQuality => qualityOf(clock.wall(), clock.mono(), known, wasSynced);
  return {
    heard: (confirm, echo) => {
      const now = clock.mono();
      if (echo !== null && confirm.echo_mono === echo) known = measureCloudTime(echo, now, confirm.cloud_at) ?? known;
      else if (known) known = notBefore(known, confirm.cloud_at, now);
      if (known) wasSynced = quality() === "synced";
    },
    lost: () => {
      known = null;
    },
    now: () => (known ? cloudTimeAt(known, clock.mono()) : null),
    quality,
  };
}
