import { z } from "zod";
import { amountMinor, count, currency, instant, sessionStatus, spotType, uuid } from "../primitives.ts";

const licensePlate = z.string().min(1).max(64);

/** A stay; amounts in minor units, `fee` in major ones as the events carry it. */
export const sessionView = z.object({
  id: uuid,
  user_id: uuid.nullable(),
  parking_lot_id: uuid,
  parking_spot_id: uuid.nullable(),
  license_plate: z.string().nullable(),
  ticket: z.string().nullable(),
  kind: z.string(),
  spot_type: z.string(),
  entry_time: z.iso.datetime(),
  exit_time: z.iso.datetime().nullable(),
  status: sessionStatus,
  close_reason: z.string().nullable(),
  tariff: z.object({ id: uuid, version: z.int() }).nullable(),
  fee: z.number().nullable(),
  fee_minor: amountMinor.nullable(),
  paid_minor: amountMinor,
  debt_minor: amountMinor,
  currency,
  duration_seconds: count.nullable(),
  version: count,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

/** `POST /parking-sessions`; without `entry_time` it starts now. */
export const sessionStart = z.strictObject({
  parking_lot_id: uuid,
  license_plate: licensePlate,
  entry_time: instant.optional(),
  spot_type: spotType.default("standard"),
});

/** `PUT /parking-sessions/{id}`: ends it; without `exit_time` now. */
export const sessionUpdate = z.strictObject({ status: z.literal("closed"), exit_time: instant.optional() });

/** `POST /events/vehicle-entry`, with the source document's payload. */
export const vehicleEntry = z.strictObject({
  timestamp: instant,
  license_plate: licensePlate,
  parking_lot_id: uuid,
  entry_point_id: uuid,
  spot_type: spotType.default("standard"),
});

/** `POST /events/vehicle-exit` */
export const vehicleExit = z.strictObject({
  timestamp: instant,
  license_plate: licensePlate,
  parking_lot_id: uuid,
  exit_point_id: uuid,
});
