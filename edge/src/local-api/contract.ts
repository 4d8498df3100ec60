import { telemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import {
  clockQuality,
  count,
  direction,
  epochMs,
  linkState,
  sessionStatus,
  uuid,
} from "@gatehouse/shared/contracts/primitives.ts";
import { pressureLevels } from "@gatehouse/shared/sync/disk-pressure.ts";
import { z } from "zod";

/** What the agent tells and takes over its local socket; the `gate` command is its reader. */
export const outboxStatus = z.object({
  epoch: count,
  last_n: count,
  confirmed_n: count,
  /** H(n) at either of them, hex. */
  last_hash: z.string(),
  confirmed_hash: z.string(),
  pending: count,
  oldest_pending_at: epochMs.nullable(),
  bytes: count,
});

export const replicaStatus = z.object({
  version: count,
  checksum: z.string(),
  items: count,
  confirmed_at: epochMs.nullable(),
});

export const agentStatus = z.object({
  agent: z.object({
    version: z.string(),
    serial: z.string(),
    boot: uuid,
    started_at: epochMs,
    uptime_ms: z.number(),
  }),
  lot: z.object({ id: uuid, code: z.string(), name: z.string(), time_zone: z.string() }),
  clock: z.object({ at: epochMs, quality: clockQuality }),
  link: z.object({ state: linkState, detail: z.string() }),
  lanes: z.array(telemetryLane),
  open_sessions: count,
  outbox: outboxStatus,
  replica: replicaStatus,
  disk: z.object({ used_bytes: count, free_bytes: count }),
  /** How the store stands with its share of the disk (SYNC-14). */
  store_share: z.object({
    level: z.enum(pressureLevels),
    used_bytes: count,
    /** Null before the first measure. */
    room_bytes: count.nullable(),
    dropped_telemetry: count,
    /** Why the share can't be what is configured; null when it can. */
    impossible: z.string().nullable(),
  }),
  rejected_reads: count,
  /** When the device's certificate ends; null without one. */
  certificate_ends_at: epochMs.nullable(),
});

/** A lane as `gate watch` and the technician's page show it. */
export const lanePicture = telemetryLane.extend({
  /** What a reversible lane does now; of the others, what they always do. */
  direction_now: direction,
  light: z.enum(["green", "red"]),
  fire: z.boolean(),
  /** The input that forbids lowering; null when all are clear. */
  hazard: z.string().nullable(),
  /** Each input as it is sampled: `quiet`, `active` or `unknown`. */
  signals: z.record(z.string(), z.string()),
  relays: z.object({ up: z.boolean(), down: z.boolean() }),
  /** Every input and output that the site file gives the lane, by its place there: `barrier.hold`, `contacts.fire`. */
  points: z.array(
    z.object({ kind: z.enum(["input", "output"]), name: z.string(), board: z.string(), channel: z.string() }),
  ),
  last_press: z.object({ name: z.string(), at: epochMs }).nullable(),
  /** Who set the mode and why, where a hand did. */
  mode_by: z.object({ actor: z.string(), reason: z.string() }).nullable(),
  last_read: z
    .object({
      at: epochMs,
      kind: z.string(),
      value: z.string(),
      confidence: z.number().nullable(),
      source: z.string().nullable(),
    })
    .nullable(),
  last_decision: z.object({ at: epochMs, outcome: z.string(), reasons: z.array(z.string()) }).nullable(),
});

/** A line of `/watch`. */
export const watchFrame = z.object({
  at: epochMs,
  lot: z.string(),
  time_zone: z.string(),
  link: linkState,
  link_detail: z.string(),
  outbox_pending: count,
  lanes: z.array(lanePicture),
});

export const sessionRow = z.object({
  id: uuid,
  plate: z.string().nullable(),
  ticket: z.string().nullable(),
  kind: z.string(),
  status: sessionStatus,
  entered_at: epochMs,
  exited_at: epochMs.nullable(),
  fee_minor: z.int().nullable(),
  paid_minor: z.int(),
  currency: z.string().nullable(),
  close_reason: z.string().nullable(),
});

export const journalRow = z.object({
  id: count,
  at: epochMs,
  mono_ms: z.number(),
  lane_id: uuid.nullable(),
  kind: z.string(),
  data: z.unknown(),
});

/** Text that every database keeps as it is. */
export const plainText = z
  .string()
  .regex(/^\P{Cc}*$/u, "must hold no control characters")
  .refine((text) => text.isWellFormed(), "must be whole characters");

const plate = plainText.min(1, "give a plate").max(32, "give a plate, of at most 32 characters");

/** What a hand at the lot may ask of a lane. */
export const localActions = [
  "open",
  "close",
  "hold",
  "lock",
  "automatic",
  "reset",
  "maintenance_on",
  "maintenance_off",
  "direction_entry",
  "direction_exit",
  "lost_ticket",
] as const;

/** Only the commands that a hand at the lot may give; who gives them is written to the journal and told to the cloud. */
export const laneCommandRequest = z.strictObject({
  action: z.enum(localActions),
  /** What the peer says of itself; the uid is asked from the kernel. */
  actor: plainText.min(1).max(128),
  reason: plainText.trim().min(3, "give a reason of at least 3 characters").max(256),
});

export const laneCommandAnswer = z.object({
  ok: z.boolean(),
  refusal: z.string().nullable(),
  message: z.string(),
});

export const injectedRead = z.strictObject({
  plate,
  confidence: z.number().min(0).max(1).nullable().default(null),
  direction: direction.nullable().default(null),
  actor: plainText.min(1).max(128),
});

export const injectedReadAnswer = z.object({ answer: z.string(), message: z.string() });

/** A device beside the barrier: printer, display, terminal, reader, relay board. */
export const deviceRow = z.object({
  kind: z.string(),
  id: z.string(),
  lane: z.string().nullable(),
  connected: z.boolean().nullable(),
  detail: z.string().nullable(),
  last_message_at: epochMs.nullable(),
  last_fault: z.object({ code: z.string(), message: z.string(), at: epochMs }).nullable(),
});

export const cameraRow = z.object({
  id: z.string(),
  lane: z.string(),
  format: z.string(),
  transport: z.string(),
  link: z.string(),
  last_message_at: epochMs.nullable(),
  last_read_at: epochMs.nullable(),
  messages: count,
  reads: count,
  rejected: count,
  unauthorised: count,
  /** What the camera's clock is ahead of ours, ms; null while it has told no time. */
  clock_offset_ms: z.number().nullable(),
  clock_quality: z.string(),
  last_error: z.object({ at: epochMs, code: z.string(), message: z.string() }).nullable(),
  has_picture: z.boolean(),
});

export const replicaView = z.object({
  version: count,
  checksum: z.string(),
  /** The checksum of what lies there now, computed anew; null when it was not asked for. */
  computed: z.string().nullable(),
  items: z.array(z.object({ collection: z.string(), key: z.string(), value: z.unknown() })),
});

export const decideRequest = z.strictObject({
  lane: z.string().max(63),
  plate: plate.nullable().default(null),
  code: plainText.min(1, "give a code").max(512).nullable().default(null),
  lost_ticket: z.boolean().default(false),
  at: epochMs.nullable().default(null),
});

export const explanation = z.object({
  at: epochMs,
  decision: z.object({ outcome: z.string() }).loose(),
  reasons: z.array(z.object({ code: z.string(), text: z.string(), rule: z.string(), version: z.number().nullable() })),
  facts: z.unknown(),
  policyVersion: z.number().nullable(),
  replica: z.object({ version: z.number(), ageMs: z.number().nullable() }),
  link: z.string(),
  clock: z.string(),
});

export const enrolRequest = z.strictObject({
  token: z.string().min(1).max(1_024),
  /** Null: the address in the agent's configuration. */
  provisioning_url: z
    .url({ protocol: /^https$/, error: "must be an address like https://cloud.example:8443" })
    .nullable(),
  actor: plainText.min(1).max(128),
});

export const done = z.object({ message: z.string() });

export const finding = z.object({
  id: z.string(),
  level: z.enum(["ok", "warning", "fault"]),
  message: z.string(),
  /** What to do about it; null when nothing needs doing. */
  advice: z.string().nullable(),
});

export type AgentStatus = z.infer<typeof agentStatus>;
export type LanePicture = z.infer<typeof lanePicture>;
export type WatchFrame = z.infer<typeof watchFrame>;
export type DeviceRow = z.infer<typeof deviceRow>;
export type CameraRow = z.infer<typeof cameraRow>;
export type ReplicaView = z.infer<typeof replicaView>;
export type DecideRequest = z.infer<typeof decideRequest>;
export type SessionView = z.infer<typeof sessionRow>;
export type JournalView = z.infer<typeof journalRow>;
export type LaneCommandRequest = z.infer<typeof laneCommandRequest>;
export type InjectedRead = z.infer<typeof injectedRead>;
export type Finding = z.infer<typeof finding>;
