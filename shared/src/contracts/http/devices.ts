import { z } from "zod";
import { commandRefusal } from "../mqtt/commands.ts";
import { count, linkState, uuid } from "../primitives.ts";

export const deviceView = z.object({
  id: uuid,
  parking_lot_id: uuid,
  serial: z.string(),
  connected: z.boolean(),
  since: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  link_state: linkState,
  epoch: z.int(),
  cursor: count,
  forked_at: z.iso.datetime().nullable(),
  outbox_pending: count.nullable(),
  replica_version: count.nullable(),
  agent_version: z.string().nullable(),
  certificate_not_after: z.iso.datetime(),
  revoked_at: z.iso.datetime().nullable(),
});

/** `POST /lanes/{id}/open` */
export const laneOpen = z.strictObject({ reason: z.string().trim().min(1).max(256) });

/** `done` only when the lot's edge has said so; `pending` and `sent` mean that it had not answered yet. */
export const laneOpenResult = z.object({
  command_id: uuid,
  status: z.enum(["pending", "sent", "done", "refused", "expired"]),
  refusal: commandRefusal.nullable(),
  message: z.string().nullable(),
});

/** `POST /parking-lots/{id}/enrolment-tokens` */
export const enrolmentTokenInput = z.strictObject({ serial: z.string().min(1).max(64).optional() });

/** Shown once and never again. */
export const enrolmentTokenView = z.object({ token: z.string(), expires_at: z.iso.datetime() });
