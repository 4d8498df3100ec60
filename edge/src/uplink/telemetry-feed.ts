import type { EdgeStanding, Telemetry } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, later, type MonoMs, type Timer } from "@gatehouse/shared/kit/clock.ts";
import type { LaneControl } from "../lane/lane-control.ts";
import type { EdgeQueries } from "../store/edge-queries.ts";

/** At most four pictures a second. */
export const TELEMETRY_MIN_GAP_MS = 250;
/** Without any change, a picture this often. */
export const TELEMETRY_IDLE_MS = 5_000;

export interface TelemetryFeedOptions {
  readonly lanes: Pick<LaneControl, "snapshot" | "onChange">;
  readonly queries: Pick<EdgeQueries, "outbox" | "replica" | "disk">;
  readonly clock: Clock;
  readonly linkState: () => LinkState;
  /** Null until something has vouched for the clock or failed to. */
  readonly clockQuality: () => ClockQuality | null;
  /** May drop the picture; the next one tells the same and more. */
  readonly send: (telemetry: Telemetry) => void;
}

export interface TelemetryFeed {
  /** Something else than a lane has changed that the picture shows. */
  changed(): void;
  stop(): void;
}

/** Shows the lanes as they are now: soon after each change, never more often than the limit, and when idle at times. */
export function startTelemetryFeed({
  lanes,
  queries,
  clock,
  linkState,
  clockQuality,
  send,
}: TelemetryFeedOptions): TelemetryFeed {
  let lastAt: MonoMs | null = null;
  let pending: Timer | null = null;

  function show(): void {
    pending = null;
    lastAt = clock.mono();
    const telemetry = picture();
    if (telemetry) send(telemetry);
  }

  /** Null while the store can't be read: a picture is not worth the gates, and the next one tells the same. */
  function picture(): Telemetry | null {
    try {
      const outbox = queries.outbox();
      return {
        v: PROTOCOL_VERSION,
        at: clock.wall(),
        lanes: [...lanes.snapshot()],
        outbox_pending: outbox.pending,
        link_state: linkState(),
        standing: standing(outbox.oldestPendingAt),
      };
    } catch {
      return null;
    }
  }

  function standing(oldestPendingAt: number | null): EdgeStanding {
    const { usedBytes, freeBytes } = queries.disk();
    return {
      oldest_pending_at: oldestPendingAt,
      replica_confirmed_at: queries.replica().confirmedAt,
      clock_quality: clockQuality() ?? "unknown",
      disk_used_bytes: usedBytes,
      disk_free_bytes: freeBytes,
    };
  }

  function changed(): void {
    const dueAt = lastAt === null ? clock.mono() : later(lastAt, TELEMETRY_MIN_GAP_MS);
    pending ??= clock.after(Math.max(0, dueAt - clock.mono()), show);
  }

  const stopListening = lanes.onChange(changed);
  const idle = clock.every(TELEMETRY_IDLE_MS, changed);
  changed();
  return {
    changed,
    stop: () => {
      stopListening();
      idle.cancel();
      pending?.cancel();
    },
  };
}
