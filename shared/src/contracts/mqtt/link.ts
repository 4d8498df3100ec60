import { z } from "zod";
import { clockQuality, count, epochMs, laneDirection, linkState, sha256Hex, uuid } from "../primitives.ts";

/** A number and the chained hash up to it. */
const mark = z.object({ n: count, hash: sha256Hex });

/** Said by the edge on each connect, before anything else; both sides compare where they stand (SYNC-08). */
export const hello = z.object({
  v: z.int().positive(),
  oldest_v: z.int().positive(),
  device_id: uuid,
  epoch: z.int().positive(),
  last_n: count,
  last_hash: sha256Hex,
  /** This store is new, was restored or was reset, and may hold numbers of others: the cloud gives an epoch first (SYNC-07). */
  wants_epoch: z.boolean().optional(),
  /** From version 5 on: what it knows to be confirmed, in whatever epoch, and what stands before the first event it keeps. */
  confirmed: mark.optional(),
  kept: mark.optional(),
  boot: uuid,
  mono: count,
  at: epochMs,
  quality: clockQuality,
  agent_version: z.string().max(64),
  replica_version: count,
  replica_checksum: sha256Hex,
  /** Fresh per connect; each command of this connection carries it, so that an older one can't act. */
  link_nonce: z.string().min(16).max(64),
  /** The edge's monotonic time when it sent this, echoed in the confirm, to measure the cloud's time. */
  sent_mono: count,
});

/** `new_epoch` (from version 3 on): begin the epoch named beside it, which is higher than any before, and say hello again. */
export const confirmStatus = z.enum([
  "ok",
  "gap",
  "fork",
  "stale_epoch",
  "unsupported_version",
  "edge_behind",
  "new_epoch",
]);

/** Where the cloud stands; sent only after the Postgres commit (SYNC-05). */
export const confirm = z.object({
  v: z.int().positive(),
  device_id: uuid,
  epoch: z.int().positive(),
  cursor: count,
  hash: sha256Hex,
  status: confirmStatus,
  /** What an operator or technician should know, when status is not `ok`. */
  message: z.string().max(256).nullable(),
  cloud_at: epochMs,
  /** `sent_mono` of the hello that this answers; null for the confirmation of a batch. */
  echo_mono: count.nullable(),
});

export const telemetryLane = z.object({
  lane_id: uuid,
  code: z.string().max(63),
  direction: laneDirection,
  mode: z.string().max(32),
  state: z.string().max(32),
  barrier: z.enum(["up", "down", "raising", "lowering", "stopped", "unknown"]),
  loops: z.object({ arming: z.string(), safety: z.string(), closing: z.string() }),
  plate: z.string().max(32).nullable(),
  display: z.string().max(128),
  alarms: z.array(z.string().max(64)).max(16),
});

/** How the edge stands with the cloud, as only the edge can know it; told from version 4 on. */
export const edgeStanding = z.object({
  /** When the oldest event was written that the cloud has not confirmed; null when there is none. */
  oldest_pending_at: epochMs.nullable(),
  /** When its replica was last confirmed to be the current one, by the edge's own clock; null before the first time. */
  replica_confirmed_at: epochMs.nullable(),
  clock_quality: clockQuality,
  /** Bytes of its database, and bytes free on that disk. */
  disk_used_bytes: count,
  disk_free_bytes: count,
});

/** The present picture of a lot; QoS 0, never stored in the outbox, dropped when the link is slow. */
export const telemetry = z.object({
  v: z.int().positive(),
  at: epochMs,
  lanes: z.array(telemetryLane).max(64),
  outbox_pending: count,
  link_state: linkState,
  standing: edgeStanding.optional(),
});

/** Retained; the last will says `online: false`. */
export const deviceStatus = z.object({ v: z.int().positive(), device_id: uuid, online: z.boolean(), at: epochMs });

export type Hello = z.infer<typeof hello>;
export type Confirm = z.infer<typeof confirm>;
export type ConfirmStatus = z.infer<typeof confirmStatus>;
export type Telemetry = z.infer<typeof telemetry>;
export type EdgeStanding = z.infer<typeof edgeStanding>;
export type TelemetryLane = z.infer<typeof telemetryLane>;
export type DeviceStatus = z.infer<typeof deviceStatus>;
