import { z } from "zod";
import { count, epochMs, sha256Hex, uuid } from "../primitives.ts";

/** An item travels as canonical JSON text, so that both sides hash the same bytes whatever their parsers keep. */
export const replicaItem = z.object({
  collection: z.string().max(32),
  key: z.string().max(128),
  value: z.string().max(65_536),
});

export const replicaChange = z.discriminatedUnion("op", [
  replicaItem.extend({ op: z.literal("put") }),
  z.object({ op: z.literal("delete"), collection: z.string().max(32), key: z.string().max(128) }),
]);

/** From version 4 on: the cloud's wall time at which what the message leads to was the present version. */
const asOf = epochMs.optional();
/** From version 4 on: `sent_mono` of the question that this is the first answer to, to measure the cloud's time. */
const echoMono = count.optional();

/** One part of a whole replica; applied when all parts of one version are there and the checksum agrees. */
export const replicaSnapshot = z.object({
  v: z.int().positive(),
  kind: z.literal("snapshot"),
  version: count,
  checksum: sha256Hex,
  item_count: count,
  part: count,
  parts: z.int().positive(),
  items: z.array(replicaItem),
  as_of: asOf,
  echo_mono: echoMono,
});

/** The way from one version to a later one, with the checksum of the state it leads to. */
export const replicaDelta = z.object({
  v: z.int().positive(),
  kind: z.literal("delta"),
  from: count,
  to: z.int().positive(),
  checksum: sha256Hex,
  changes: z.array(replicaChange),
  as_of: asOf,
  echo_mono: echoMono,
});

export const replicaMessage = z.discriminatedUnion("kind", [replicaSnapshot, replicaDelta]);

/** The edge asks for what it lacks: deltas from `have`, or a snapshot when its own checksum did not agree. */
export const replicaRequest = z.object({
  v: z.int().positive(),
  device_id: uuid,
  have: count,
  checksum: sha256Hex,
  want: z.enum(["deltas", "snapshot"]),
  /** From version 4 on: the edge's monotonic time when it sent this. */
  sent_mono: count.optional(),
});

export type ReplicaItem = z.infer<typeof replicaItem>;
export type ReplicaChange = z.infer<typeof replicaChange>;
export type ReplicaSnapshot = z.infer<typeof replicaSnapshot>;
export type ReplicaDelta = z.infer<typeof replicaDelta>;
export type ReplicaMessage = z.infer<typeof replicaMessage>;
export type ReplicaRequest = z.infer<typeof replicaRequest>;
