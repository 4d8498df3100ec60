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
import { z } from "zod";

/** What the agent tells and takes over its local socket; the `gate` command is its reader. */
export const outboxStatus = z.object({
  epoch: count,
  last_n: count,
  confirmed_n: count,
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
  agent: z.object({ version: z.string(), boot: uuid, started_at: epochMs, uptime_ms: z.number() }),
  lot: z.object({ id: uuid, code: z.string(), name: z.string(), time_zone: z.string() }),
  clock: z.object({ at: epochMs, quality: clockQuality }),
  link: z.object({ state: linkState, detail: z.string() }),
  lanes: z.array(telemetryLane),
  open_sessions: count,
  outbox: outboxStatus,
  replica: replicaStatus,
  disk: z.object({ used_bytes: count, free_bytes: count }),
  rejected_reads: count,
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
const plainText = z
  .string()
  .regex(/^\P{Cc}*$/u, "must hold no control characters")
  .refine((text) => text.isWellFormed(), "must be whole characters");

/** Only the commands that a hand at the lot may give; who gives them is written to the journal and told to the cloud. */
export const laneCommandRequest = z.strictObject({
  action: z.enum(["open", "close", "hold", "lock", "automatic", "reset"]),
  actor: plainText.min(1).max(128),
  reason: plainText.min(3, "give a reason of at least 3 characters").max(256),
});

export const laneCommandAnswer = z.object({
  ok: z.boolean(),
  refusal: z.string().nullable(),
  message: z.string(),
});

export const injectedRead = z.strictObject({
  plate: plainText.min(1).max(32),
  confidence: z.number().min(0).max(1).nullable().default(null),
  direction: direction.nullable().default(null),
  actor: plainText.min(1).max(128),
});

export const injectedReadAnswer = z.object({ answer: z.string(), message: z.string() });

export const finding = z.object({
  id: z.string(),
  level: z.enum(["ok", "warning", "fault"]),
  message: z.string(),
  /** What to do about it; null when nothing needs doing. */
  advice: z.string().nullable(),
});

export type AgentStatus = z.infer<typeof agentStatus>;
export type SessionView = z.infer<typeof sessionRow>;
export type JournalView = z.infer<typeof journalRow>;
export type LaneCommandRequest = z.infer<typeof laneCommandRequest>;
export type InjectedRead = z.infer<typeof injectedRead>;
export type Finding = z.infer<typeof finding>;
