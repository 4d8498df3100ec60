import type { Reservation as ReplicaReservation } from "@gatehouse/shared/contracts/replica/reservation.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { BusEvent } from "../../events/publish.ts";
import type { Reservation } from "./create.ts";

/** Who comes a little early is let in; the place is kept until the window ends. */
const EARLY_TOLERANCE_MINUTES = 15;

/** What the lot's gates know of a reservation. */
export function replicaValue(made: Reservation): ReplicaReservation {
  return {
    reservation_id: made.id,
    plate: made.license_plate,
    code: null,
    starts_at: made.start_time,
    ends_at: made.end_time,
    spot_type: made.spot_type,
    status: "confirmed",
    early_tolerance_minutes: EARLY_TOLERANCE_MINUTES,
    late_tolerance_minutes: null,
    prepaid: false,
  };
}

/** What the bus is told of a reservation that was made at `at`. */
export function createdEvent(made: Reservation, at: Date): BusEvent {
  return {
    topic: "reservations.created",
    payload: {
      timestamp: at.toISOString(),
      reservation_id: made.id,
      user_id: null,
      parking_lot_id: made.parking_lot_id,
      parking_spot_id: made.parking_spot_id,
      start_time: made.start_time,
      end_time: made.end_time,
    },
  };
}

/** What the bus is told of a reservation that was cancelled at `at`. */
export function cancelledEvent({ id, lotId, reason }: { id: Uuid; lotId: Uuid; reason: string }, at: Date): BusEvent {
  return {
    topic: "reservations.cancelled",
    payload: { timestamp: at.toISOString(), reservation_id: id, user_id: null, parking_lot_id: lotId, reason },
  };
}
