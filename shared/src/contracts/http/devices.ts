import { z } from "zod";
import { commandRefusal } from "../mqtt/commands.ts";
import { edgeStanding } from "../mqtt/link.ts";
import { count, linkState, uuid } from "../primitives.ts";

export const deviceView = z.object({
  id: uuid,
  parking_lot_id: uuid,
  lot_name: z.string(),
  time_zone: z.string(),
  serial: z.string(),
  connected: z.boolean(),
  since: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  link_state: linkState,
  epoch: z.int(),
  cursor: count,
  /** The chained hash at the cursor, hex; the edge's own is the same, or its stream is stopped. */
  hash: z.string(),
  /** When events of it were last committed, or its stream was set apart or released. */
  stream_changed_at: z.iso.datetime(),
  /** When the device was set apart, and why: nothing of it is taken until it is released or enrolled anew. */
  forked_at: z.iso.datetime().nullable(),
  stopped_for: z.enum(["fork", "clone", "rolled_back"]).nullable(),
  /** A new epoch waits for the device. */
  epoch_due: z.boolean(),
  /** Events of it that could not be applied and that nobody has dealt with. */
  dead_letters: count,
  outbox_pending: count.nullable(),
  /** What the edge last said of itself, and when by its own clock; null before it has spoken. */
  standing: edgeStanding.nullable(),
  standing_at: z.iso.datetime().nullable(),
  replica_version: count.nullable(),
  /** The version that the lot's data have in the cloud. */
  replica_head: count.nullable(),
  agent_version: z.string().nullable(),
  certificate_not_after: z.iso.datetime(),
  /** Since when it waits, with an expired certificate, for somebody to approve its renewal. */
  renewal_asked_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
});

/** `GET /devices` */
export const deviceList = z.object({ data: z.array(deviceView) });

/** `POST /devices/{id}/release` */
export const deviceRelease = z.strictObject({ reason: z.string().trim().min(1).max(256) });
export const deviceReleased = z.object({ epoch: z.int() });

/** An event that could not be applied, with what was done about it. `body` is its line as text. */
export const deadLetterView = z.object({
  device_id: uuid,
  epoch: z.int(),
  n: count,
  parking_lot_id: uuid,
  code: z.string(),
  message: z.string(),
  received_at: z.iso.datetime(),
  settled_at: z.iso.datetime().nullable(),
  settled_as: z.enum(["redelivered", "discarded"]).nullable(),
  settled_by: z.string().nullable(),
  body: z.string(),
});

/** `GET /parking-lots/{id}/dead-letters`: the oldest of them, and how many there are. */
export const deadLetterPage = z.object({ total: z.int(), data: z.array(deadLetterView) });

/** `POST /parking-lots/{id}/dead-letters/{device}/{epoch}/{n}/redeliver`, and the same with `discard` */
export const deadLetterAction = z.strictObject({ reason: z.string().trim().min(1).max(256) });

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
