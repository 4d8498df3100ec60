import { z } from "zod";
import {
  amountMinor,
  clockQuality,
  count,
  currency,
  decisionOutcome,
  direction,
  epochMs,
  linkState,
  movementOutcome,
  sha256Hex,
  spotStatus,
  spotType,
  uuid,
} from "../primitives.ts";

/** A read as it is kept: what the device said, what we made of it, what it was matched to. */
export const readEvidence = z.object({
  raw: z.string().max(64),
  normalised: z.string().max(32),
  matched: z.string().max(32).nullable(),
  confidence: z.number().min(0).max(1).nullable(),
  source: z.string().max(64),
  vendor_event_id: z.string().max(128).nullable(),
  captured_at: epochMs.nullable(),
  /** Whether the camera's stamps keep one distance from the lot's time; absent where nobody judged it. */
  captured_quality: z.enum(["steady", "unsteady", "unknown"]).optional(),
  received_at: epochMs,
  /** Where pictures of the vehicle are, as the camera names them; never the pictures. */
  images: z.array(z.string().max(256)).max(4).optional(),
});

export const credentialKind = z.enum(["plate", "ticket", "qr", "card", "pin", "operator"]);

/** A decision with everything an auditor needs to follow it; committed before the barrier is told. */
export const decisionMade = z.object({
  type: z.literal("decision.made"),
  movement_id: uuid,
  lane_id: uuid,
  direction,
  outcome: decisionOutcome,
  ask: z.string().max(32).nullable(),
  reasons: z.array(z.string().max(64)).min(1).max(16),
  display_key: z.string().max(64),
  credential: z.object({ kind: credentialKind, value: z.string().max(64) }).nullable(),
  read: readEvidence.nullable(),
  session_id: uuid.nullable(),
  tariff: z.object({ id: uuid, version: z.int() }).nullable(),
  fee_minor: amountMinor.nullable(),
  due_minor: amountMinor.nullable(),
  currency: currency.nullable(),
  replica_version: count,
  replica_age_ms: count.nullable(),
  link_state: linkState,
});

/** What the vehicle did after a decision. `movement_id` is null where nothing was decided (tailgate, held-open lane). */
export const movementRecorded = z.object({
  type: z.literal("movement.recorded"),
  movement_id: uuid,
  lane_id: uuid,
  direction,
  outcome: movementOutcome,
  session_id: uuid.nullable(),
  plate: z.string().max(32).nullable(),
  began_at: epochMs,
  ended_at: epochMs,
});

export const sessionKind = z.enum(["transient", "permit", "reservation"]);

export const sessionOpened = z.object({
  type: z.literal("session.opened"),
  session_id: uuid,
  plate: z.string().max(32).nullable(),
  ticket: z.string().max(64).nullable(),
  kind: sessionKind,
  permit_id: z.string().max(64).nullable(),
  reservation_id: z.string().max(64).nullable(),
  lane_id: uuid,
  movement_id: uuid,
  spot_type: spotType,
  tariff: z.object({ id: uuid, version: z.int() }).nullable(),
  entered_at: epochMs,
});

export const sessionResumed = z.object({
  type: z.literal("session.resumed"),
  session_id: uuid,
  movement_id: uuid,
  lane_id: uuid,
  direction,
});

export const sessionVoided = z.object({
  type: z.literal("session.voided"),
  session_id: uuid,
  /** `replaced`: the same vehicle was decided on anew before it moved. */
  reason: z.enum(["backed_out", "operator", "replaced"]),
});

export const sessionClosed = z.object({
  type: z.literal("session.closed"),
  session_id: uuid,
  reason: z.enum(["exit", "exit_unconfirmed", "superseded", "operator", "exit_without_entry", "fail_open"]),
  lane_id: uuid.nullable(),
  movement_id: uuid.nullable(),
  exited_at: epochMs,
  fee_minor: amountMinor,
  paid_minor: amountMinor,
  debt_minor: amountMinor,
  currency,
});

export const paymentTaken = z.object({
  type: z.literal("payment.taken"),
  payment_id: uuid,
  session_id: uuid,
  lane_id: uuid,
  amount_minor: amountMinor,
  currency,
  method: z.enum(["credit_card", "mobile_payment", "cash"]),
  /** The terminal's own reference for settling; never a card number. */
  reference: z.string().max(64),
  paid_until: epochMs.nullable(),
});

/** A validation's code was shown at an exit: it is on this stay from now on, and one for one stay is used up. */
export const validationUsed = z.object({
  type: z.literal("validation.used"),
  validation_id: z.string().max(64),
  session_id: uuid,
  lane_id: uuid,
  movement_id: uuid,
});

/** A vehicle left whose fee the cloud now collects from the user's account; the stay's `debt_minor` until it has. */
export const paymentAutomatic = z.object({
  type: z.literal("payment.automatic"),
  payment_id: uuid,
  session_id: uuid,
  account_id: uuid,
  lane_id: uuid,
  movement_id: uuid,
  amount_minor: amountMinor,
  currency,
});

/** A lane's mode, fault or safety alarm changed. */
export const laneChanged = z.object({
  type: z.literal("lane.changed"),
  lane_id: uuid,
  mode: z.string().max(32),
  detail: z.string().max(128).nullable(),
});

/** A hand on the lane: who moved the barrier outside the automatic cycle, and why. */
export const laneOverridden = z.object({
  type: z.literal("lane.overridden"),
  lane_id: uuid,
  action: z.string().max(32),
  actor: z.string().max(128),
  reason: z.string().max(256),
  command_id: uuid.nullable(),
});

export const alarmRaised = z.object({
  type: z.literal("alarm.raised"),
  code: z.string().max(64),
  lane_id: uuid.nullable(),
  detail: z.string().max(256),
});

export const spotSensed = z.object({
  type: z.literal("spot.sensed"),
  spot_id: uuid,
  status: spotStatus,
});

export const edgeEventBody = z.discriminatedUnion("type", [
  decisionMade,
  movementRecorded,
  sessionOpened,
  sessionResumed,
  sessionVoided,
  sessionClosed,
  paymentTaken,
  paymentAutomatic,
  validationUsed,
  laneChanged,
  laneOverridden,
  alarmRaised,
  spotSensed,
]);

/** One line of a batch; its exact bytes are what the hash chain covers. */
export const edgeEvent = z.object({
  n: z.int().positive(),
  /** Wall time at the edge, ms. */
  at: epochMs,
  /** Milliseconds since the boot named by `boot`. */
  mono: z.int().nonnegative(),
  boot: uuid,
  quality: clockQuality,
  body: edgeEventBody,
});

/** First line of a batch. */
export const batchHeader = z.object({
  v: z.int().positive(),
  device_id: uuid,
  epoch: z.int().positive(),
  first: z.int().positive(),
  count: z.int().positive(),
  /** H(first - 1); 64 zeros before the first event of an epoch. */
  previous_hash: sha256Hex,
});

export type ReadEvidence = z.infer<typeof readEvidence>;
export type CredentialKind = z.infer<typeof credentialKind>;
export type SessionKind = z.infer<typeof sessionKind>;
export type EdgeEventBody = z.infer<typeof edgeEventBody>;
export type EdgeEventType = EdgeEventBody["type"];
/** The body of the events of one type. */
export type EdgeEventBodyOf<Type extends EdgeEventType> = Extract<EdgeEventBody, { type: Type }>;
export type EdgeEvent = z.infer<typeof edgeEvent>;
export type BatchHeader = z.infer<typeof batchHeader>;
