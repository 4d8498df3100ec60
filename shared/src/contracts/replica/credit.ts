import { z } from "zod";
import { amountMinor, currency, identifier, instant } from "./values.ts";

/** A payment made away from the lane (app, web, cashier) for a session that is still open. */
export const credit = z
  .object({
    /** The payment's id, so that one payment counts once. */
    credit_id: identifier,
    session_id: identifier,
    amount_minor: amountMinor,
    currency,
    paid_at: instant,
    /** Until when the vehicle may leave without paying more: paid_at plus the tariff's exit grace. */
    paid_until: instant,
  })
  .refine((c) => Date.parse(c.paid_at) <= Date.parse(c.paid_until), "paid_until must not be before paid_at.");
export type Credit = z.infer<typeof credit>;
