import { z } from "zod";
import { instant, uuid } from "../primitives.ts";
import { identifier, priceMinor } from "./values.ts";

/** What a validation takes off: an amount, a share of the fee, or time that is not charged. */
export const validationGrant = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("amount"), amount_minor: priceMinor.min(1) }),
  z.object({ kind: z.literal("percent"), percent_permille: z.int().min(1).max(1000) }),
  z.object({
    kind: z.literal("free_time"),
    minutes: z
      .int()
      .min(1)
      .max(7 * 24 * 60),
    /** From which end of the stay; `where_cheapest`: where it saves the driver more. */
    taken: z.enum(["from_start", "from_end", "where_cheapest"]),
  }),
]);
export type ValidationGrant = z.infer<typeof validationGrant>;

/** A third party's reduction: by a code that the driver shows at the exit, or put on a stay by the cloud. */
export const validation = z
  .object({
    validation_id: identifier,
    /** Who pays for it, for the receipt and the bill. */
    provider: z.string().min(1).max(80),
    /** What a scanner reads; null where it is on a stay already. */
    code: z.string().min(1).max(200).nullable(),
    /** The stay that it is on; null where the code has to be shown. */
    session_id: uuid.nullable(),
    grant: validationGrant,
    /** `once`: one stay ever; `reusable`: any number of stays, each once. */
    uses: z.enum(["once", "reusable"]),
    valid_from: instant,
    /** Exclusive. Null: until it is taken back. */
    valid_until: instant.nullable(),
  })
  .refine((one) => (one.code === null) !== (one.session_id === null), "Give either a code or a session_id.");
export type ReplicaValidation = z.infer<typeof validation>;
