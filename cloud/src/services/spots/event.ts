import { type SpotStatus, spotStatus } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { BusEvent } from "../../events/publish.ts";

/** One change of one spot, as the database carried it out. */
export interface SpotChange {
  readonly lotId: Uuid;
  readonly spotId: Uuid;
  readonly oldStatus: SpotStatus;
  readonly newStatus: SpotStatus;
}

/** Reads a status that the table's check has already held to the four known ones. */
export function readStatus(text: string): SpotStatus {
  return spotStatus.parse(text);
}

/** What the bus is told of a spot that changed at `at`. */
export function spotStatusEvent({ lotId, spotId, oldStatus, newStatus }: SpotChange, at: Date): BusEvent {
  return {
    topic: "spot.status.changes",
    payload: {
      timestamp: at.toISOString(),
      spot_id: spotId,
      new_status: newStatus,
      old_status: oldStatus,
      parking_lot_id: lotId,
    },
  };
}
