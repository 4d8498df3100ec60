import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { toMajor } from "@gatehouse/shared/kit/money.ts";
import type { BusEvent } from "../../events/publish.ts";
import { durationSeconds, moneyOf, type SessionRow } from "./session.ts";

/** The lane stands in the source document's `entry_point_id`; a session started without a lane names its lot there. */
export function entryEvent(row: SessionRow): BusEvent {
  return {
    topic: "parking.entries",
    payload: {
      timestamp: row.entry_time.toISOString(),
      license_plate: row.license_plate ?? "",
      parking_lot_id: row.parking_lot_id,
      entry_point_id: row.entry_lane_id ?? row.parking_lot_id,
      session_id: row.id,
    },
  };
}

/** What the bus is told of a session that ended; null as lane where nobody saw which. */
export function exitEvent(row: SessionRow, { exitTime, laneId }: { exitTime: Date; laneId: Uuid | null }): BusEvent {
  return {
    topic: "parking.exits",
    payload: {
      timestamp: exitTime.toISOString(),
      license_plate: row.license_plate ?? "",
      parking_lot_id: row.parking_lot_id,
      exit_point_id: laneId,
      session_id: row.id,
      duration_seconds: durationSeconds(row.entry_time, exitTime),
      fee: toMajor(moneyOf(row.fee_minor ?? 0, row.currency)),
      currency: row.currency,
    },
  };
}
