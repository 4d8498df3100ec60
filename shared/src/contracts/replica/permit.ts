import { z } from "zod";
import { instant, spotType } from "../primitives.ts";
import { identifier, plateText, slug, weeklyWindow } from "./values.ts";

/** What happens when the permit's own limit, or its pool's, is reached. */
export const overflowPolicy = z.enum(["deny", "admit_and_flag", "bill_as_visitor"]);

/** A right for a period: some plates, so many inside at once, at certain times. */
export const permit = z.object({
  permit_id: identifier,
  /** For the attendant's screen; never a secret. */
  holder_label: z.string().max(80),
  plates: z.array(plateText).max(50),
  /** Codes of cards or QR codes that stand for the permit. */
  codes: z.array(z.string().min(1).max(200)).max(50).default([]),
  max_concurrent: z.int().min(1).max(10_000),
  valid_from: instant,
  /** Exclusive. Null: until revoked. */
  valid_until: instant.nullable(),
  /** When entry is allowed, on the lot's wall clock. Empty: at any time. */
  access_windows: z.array(weeklyWindow).max(50),
  spot_type: spotType.nullable().default(null),
  /** Where it holds; null: at every lane. */
  area: slug.nullable().default(null),
  overflow: overflowPolicy,
  pool_id: identifier.nullable().default(null),
});
export type Permit = z.infer<typeof permit>;

/** A limit that several permits share, such as a tenant's 40 spaces. */
export const pool = z.object({
  pool_id: identifier,
  label: z.string().max(80),
  max_concurrent: z.int().min(0).max(100_000),
});
export type Pool = z.infer<typeof pool>;
