import { z } from "zod";
import { code, count, currency, laneDirection, spotStatus, spotType, uuid } from "../primitives.ts";

export const lotSummary = z.object({
  id: uuid,
  code,
  name: z.string(),
  address: z.string().nullable(),
  total_spots: count,
  time_zone: z.string(),
  currency,
});

export const laneView = z.object({ id: uuid, parking_lot_id: uuid, code, name: z.string(), direction: laneDirection });

export const spotView = z.object({
  id: uuid,
  parking_lot_id: uuid,
  spot_number: z.string(),
  type: spotType,
  status: spotStatus,
  version: count,
  updated_at: z.iso.datetime(),
});

/** `PUT /parking-spots/{id}/status` */
export const spotStatusUpdate = z.strictObject({ status: spotStatus });
