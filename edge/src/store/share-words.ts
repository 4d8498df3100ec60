import type { EdgeEventBodyOf } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { toIso, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { PressureLevel } from "@gatehouse/shared/sync/disk-pressure.ts";

const MIB = 1_048_576;

/** What an operator reads at a change of level. The last of them ends the alarm. */
export function pressureAlarm(
  level: PressureLevel,
  { usedBytes, room }: { readonly usedBytes: number; readonly room: number },
): EdgeEventBodyOf<"alarm.raised"> {
  const filled = `The gate's store has filled ${Math.floor(usedBytes / MIB)} of the ${Math.floor(room / MIB)} MiB it may take.`;
  const alarm = (code: string, what: string) =>
    ({ type: "alarm.raised", code, lane_id: null, detail: `${filled} ${what}` }) as const;
  switch (level) {
    case "normal":
      return alarm("store_has_room", "All events are kept again and entries work.");
    case "shed":
      return alarm("store_filling", "Telemetry is not kept; entries and exits work. Restore the link or make room.");
    case "refuse_entries":
      return alarm("store_refuses_entries", "No new vehicle is let in; exits work. Restore the link or make room.");
    default:
      return assertNever(level);
  }
}

/** Telemetry that was not written; `first` and `last` are when. */
export interface DroppedTelemetry {
  readonly count: number;
  readonly first: WallMs | null;
  readonly last: WallMs | null;
}

/** Tells of the hole, so that nobody takes it for quiet. */
export function droppedAlarm({ count, first, last }: DroppedTelemetry): EdgeEventBodyOf<"alarm.raised"> {
  const when = first === null || last === null ? "" : ` between ${toIso(first)} and ${toIso(last)}`;
  return {
    type: "alarm.raised",
    code: "telemetry_dropped",
    lane_id: null,
    detail: `${count} telemetry events${when} were not kept for want of space. Stays, payments and movements are whole.`,
  };
}
