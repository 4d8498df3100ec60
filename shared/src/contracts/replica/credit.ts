import { z } from "zod";
import { currency, instant, uuid } from "../primitives.ts";
import { priceMinor } from "./values.ts";

/** A payment made away from the lane (app, web, cashier) for a session that is still open. */
export const credit = z
  .object({
    /** The payment's id, so that one payment counts once. */
    credit_id: uuid,
    session_id: uuid,
    amount_minor: priceMinor,
    currency,
    paid_at: instant,
    /** Until when the vehicle may leave without paying more: paid_at plus the tariff's exit grace. */
    paid_until: instant,
  })
  .refine((c) => Date.parse(c.paid_at) <= Date.parse(c.paid_until), "paid_until must not be before paid_at.");
export type Credit = z.infer<typeof credit>;
