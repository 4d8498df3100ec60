import { z } from "zod";
import { epochMs, uuid } from "../primitives.ts";

/** What a remote hand may ask. There is no remote close (SAFE-26). */
export const commandAction = z.enum(["open"]);

/** The signed part of a command; the signature is over its canonical JSON. */
export const commandBody = z.object({
  v: z.int().positive(),
  id: uuid,
  device_id: uuid,
  epoch: z.int().positive(),
  lane_id: uuid,
  action: commandAction,
  actor: z.string().max(128),
  reason: z.string().min(1).max(256),
  /** Cloud time, ms. */
  issued_at: epochMs,
  not_after: epochMs,
  nonce: z.string().min(16).max(64),
  link_nonce: z.string().min(16).max(64),
});

export const signedCommand = z.object({
  body: commandBody,
  key_id: z.string().max(64),
  /** Ed25519 (RFC 8032), base64url. */
  signature: z.string().max(128),
});

export const commandRefusal = z.enum([
  "bad_signature",
  "wrong_device",
  "wrong_epoch",
  "unknown_lane",
  "expired",
  "stale_link",
  "retained",
  "rate_limited",
  "clock_unknown",
  "lane_refused",
]);

/** The only "done" there is; a duplicate of a command gets the stored result again (SYNC-11). */
export const commandResult = z.object({
  v: z.int().positive(),
  id: uuid,
  device_id: uuid,
  outcome: z.enum(["done", "refused"]),
  refusal: commandRefusal.nullable(),
  message: z.string().max(256),
  at: epochMs,
});

export type CommandBody = z.infer<typeof commandBody>;
export type SignedCommand = z.infer<typeof signedCommand>;
export type CommandRefusal = z.infer<typeof commandRefusal>;
export type CommandResult = z.infer<typeof commandResult>;
