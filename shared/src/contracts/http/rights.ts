import { z } from "zod";
import { instant, spotType, uuid } from "../primitives.ts";
import { account } from "../replica/account.ts";
import { blocklistEntry } from "../replica/blocklist.ts";
import { permit } from "../replica/permit.ts";
import { tariff } from "../replica/tariff.ts";
import { validation } from "../replica/validation.ts";

/** `POST /parking-lots/{id}/permits` */
export const permitInput = permit.strict();

/** `POST /parking-lots/{id}/blocklist` */
export const blocklistInput = blocklistEntry.strict();

/** `POST /parking-lots/{id}/validations` */
export const validationInput = validation;

/** `PUT /parking-lots/{id}/accounts/{accountId}` */
export const accountInput = account.omit({ account_id: true }).strict();

/** `POST /parking-lots/{id}/tariffs`: publishes a version; without `in_force_from` it holds for entries from now on. */
export const tariffPublication = z.strictObject({ tariff, in_force_from: instant.optional() });

export const publishedTariff = z.object({
  parking_lot_id: uuid,
  tariff_id: uuid,
  version: z.int(),
  in_force_from: z.iso.datetime(),
});

export const scheduledTariffView = z.object({ in_force_from: z.iso.datetime(), tariff });

/** `POST /reservations`: of this spot, or of any of the type. */
export const reservationInput = z.strictObject({
  parking_lot_id: uuid,
  parking_spot_id: uuid.nullable().default(null),
  spot_type: spotType.default("standard"),
  license_plate: z.string().min(1).max(64),
  start_time: instant,
  end_time: instant,
});

export const reservationView = z.object({
  id: uuid,
  parking_lot_id: uuid,
  parking_spot_id: uuid,
  license_plate: z.string(),
  spot_type: spotType,
  start_time: z.iso.datetime(),
  end_time: z.iso.datetime(),
  status: z.string(),
});
