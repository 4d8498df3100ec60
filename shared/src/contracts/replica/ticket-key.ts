import { z } from "zod";
import { instant } from "../primitives.ts";
import { identifier } from "./values.ts";

/**
 * A key of the lot for the codes of its tickets (domain/ticket/ticket-code.ts). Secret: it is never shown or logged. The
 * newest one signs, all of them verify, so that tickets printed before a change of keys still hold.
 */
export const ticketKey = z.object({
  key_id: identifier,
  /** 32 random bytes in base64url without padding (RFC 4648, 5). */
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "Give 32 bytes in base64url."),
  created_at: instant,
});
export type TicketKey = z.infer<typeof ticketKey>;
