import { z } from "zod";
import { currency, instant, uuid } from "../primitives.ts";
import { plateText, priceMinor } from "./values.ts";

/** A user's agreement that fees of these plates are collected from the account without a stop at the terminal. */
export const account = z.object({
  account_id: uuid,
  plates: z.array(plateText).min(1).max(50),
  /** Most that one exit may collect; above it the driver pays at the lane. */
  max_amount_minor: priceMinor,
  currency,
  /** Exclusive. Null: until it is ended. */
  valid_until: instant.nullable(),
});
export type Account = z.infer<typeof account>;
