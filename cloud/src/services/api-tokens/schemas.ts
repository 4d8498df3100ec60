import { z } from "zod";

/** What a token may do is bound to its role (services/access.ts). */
export const tokenRole = z.enum(["operator_admin", "gate_attendant", "lpr_device", "viewer"]);

export type TokenRole = z.infer<typeof tokenRole>;
