import { z } from "zod";
import { instant, spotType, uuid } from "../primitives.ts";
import { plateText } from "./values.ts";

const toleranceMinutes = z
  .int()
  .min(0)
  .max(24 * 60);

/** A right for one window, made in advance; known by a plate, a code, or both. */
export const reservation = z
  .object({
    reservation_id: uuid,
    plate: plateText.nullable(),
    code: z.string().min(1).max(200).nullable(),
    starts_at: instant,
    /** Exclusive. */
    ends_at: instant,
    spot_type: spotType,
    status: z.enum(["confirmed", "checked_in", "completed", "cancelled", "no_show"]),
    /** How long before `starts_at` entry is already allowed. */
    early_tolerance_minutes: toleranceMinutes,
    /** How long after `starts_at` the place is kept; later it is a no-show. Null: until `ends_at`. */
    late_tolerance_minutes: toleranceMinutes.nullable(),
    /** The stay inside the window is paid already. */
    prepaid: z.boolean(),
  })
  .refine((r) => r.plate !== null || r.code !== null, "A reservation needs a plate or a code.")
  .refine((r) => Date.parse(r.starts_at) < Date.parse(r.ends_at), "A reservation must end after it starts.");
export type Reservation = z.infer<typeof reservation>;
