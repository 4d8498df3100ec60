import { z } from "zod";
import { instant } from "../primitives.ts";
import { identifier, plateText } from "./values.ts";

/** A plate that is refused, or let in and flagged. */
export const blocklistEntry = z.object({
  entry_id: identifier,
  plate: plateText,
  action: z.enum(["refuse", "flag"]),
  reason: z.string().min(1).max(200),
  /** Exclusive. Null: until removed. */
  until: instant.nullable(),
});
export type BlocklistEntry = z.infer<typeof blocklistEntry>;
