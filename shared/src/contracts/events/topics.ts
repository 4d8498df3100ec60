import { z } from "zod";
import { count, currency, instant, spotStatus, uuid } from "../primitives.ts";

/**
 * Events on the cloud's bus. The first seven are those of the product's source document, with its payloads; fields
 * beyond them are optional for consumers.
 */
export const parkingEntry = z.object({
  timestamp: instant,
  license_plate: z.string(),
  parking_lot_id: uuid,
  entry_point_id: uuid,
  session_id: uuid,
});

export const parkingExit = z.object({
  timestamp: instant,
  license_plate: z.string(),
  parking_lot_id: uuid,
  exit_point_id: uuid.nullable(),
  session_id: uuid,
  duration_seconds: count,
  fee: z.number(),
  currency,
});

export const entryVoided = z.object({ timestamp: instant, parking_lot_id: uuid, session_id: uuid, reason: z.string() });

export const spotStatusChange = z.object({
  timestamp: instant,
  spot_id: uuid,
  new_status: spotStatus,
  old_status: spotStatus,
  parking_lot_id: uuid,
});

export const paymentProcessed = z.object({
  timestamp: instant,
  payment_id: uuid,
  amount: z.number(),
  currency,
  payment_method: z.string(),
  user_id: uuid.nullable(),
  session_id: uuid,
});

export const reservationCreated = z.object({
  timestamp: instant,
  reservation_id: uuid,
  user_id: uuid.nullable(),
  parking_lot_id: uuid,
  parking_spot_id: uuid.nullable(),
  start_time: instant,
  end_time: instant,
});

export const reservationCancelled = z.object({
  timestamp: instant,
  reservation_id: uuid,
  user_id: uuid.nullable(),
  parking_lot_id: uuid,
  reason: z.string(),
});

export const violationDetected = z.object({
  timestamp: instant,
  violation_id: uuid,
  session_id: uuid,
  violation_type: z.string(),
  description: z.string().nullable(),
  parking_lot_id: uuid,
});

export const busTopics = {
  "parking.entries": parkingEntry,
  "parking.exits": parkingExit,
  "parking.entries.voided": entryVoided,
  "spot.status.changes": spotStatusChange,
  "payments.processed": paymentProcessed,
  "reservations.created": reservationCreated,
  "reservations.cancelled": reservationCancelled,
  "violations.detected": violationDetected,
} as const;

export type BusTopic = keyof typeof busTopics;
export type BusPayload<T extends BusTopic> = z.infer<(typeof busTopics)[T]>;
