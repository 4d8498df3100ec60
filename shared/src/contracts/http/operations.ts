import { z } from "zod";
import { telemetryLane } from "../mqtt/link.ts";
import {
  count,
  currency,
  decisionOutcome,
  direction,
  epochMs,
  linkState,
  movementOutcome,
  spotType,
  uuid,
} from "../primitives.ts";

/** The live picture for operators: WSS /api/v1/real-time/operations. A snapshot first, then what changes. */
export const spotCounts = z.object({
  type: spotType,
  total: count,
  available: count,
  occupied: count,
  reserved: count,
  out_of_service: count,
});

export const lotLink = z.object({
  state: linkState,
  /** The edge's connection to the hub, as the hub sees it. */
  connected: z.boolean(),
  since: epochMs.nullable(),
  cursor: count,
  /** Events the edge still holds, as it last said. */
  outbox_pending: count.nullable(),
  replica_version: count,
  replica_version_at_edge: count.nullable(),
});

export const liveLot = z.object({
  lot_id: uuid,
  code: z.string(),
  name: z.string(),
  time_zone: z.string(),
  currency,
  spots: z.array(spotCounts),
  open_sessions: count,
  link: lotLink,
  lanes: z.array(telemetryLane),
});

/** One row of the stream: a decision and, later under the same id, what the vehicle did. */
export const liveMovement = z.object({
  movement_id: uuid,
  lot_id: uuid,
  lane_id: uuid,
  lane_code: z.string(),
  direction,
  plate: z.string().nullable(),
  decision: decisionOutcome.nullable(),
  reasons: z.array(z.string()),
  outcome: movementOutcome.nullable(),
  fee_minor: z.int().nullable(),
  currency: currency.nullable(),
  at: epochMs,
  /** When the cloud learnt of it; far behind `at` for a backlog. */
  received_at: epochMs,
});

export const operationsMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("snapshot"), at: epochMs, lots: z.array(liveLot), movements: z.array(liveMovement) }),
  z.object({ kind: z.literal("lot"), lot: liveLot }),
  z.object({ kind: z.literal("lanes"), lot_id: uuid, lanes: z.array(telemetryLane) }),
  z.object({ kind: z.literal("movement"), movement: liveMovement }),
  z.object({ kind: z.literal("heartbeat"), at: epochMs }),
]);

/** `WSS /real-time/parking-availability`: one version per lot, rising with each change. */
export const availability = z.object({
  parking_lot_id: uuid,
  version: count,
  total_spots: count,
  available_spots: count,
  by_type: z.array(spotCounts),
  updated_at: z.iso.datetime(),
});

export const availabilityRequest = z.object({
  kind: z.literal("subscribe"),
  lots: z
    .array(z.object({ parking_lot_id: uuid, version: count.optional() }))
    .min(1)
    .max(100),
});

export const availabilityMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("snapshot"), lots: z.array(availability) }),
  z.object({
    kind: z.literal("change"),
    parking_lot_id: uuid,
    version: count,
    spot_id: uuid,
    spot_type: spotType,
    old_status: z.string(),
    new_status: z.string(),
    available_spots: count,
  }),
  z.object({ kind: z.literal("heartbeat"), at: z.iso.datetime() }),
  z.object({ kind: z.literal("error"), code: z.string(), message: z.string() }),
]);

/** `GET /api/v1/simulation`: present only where the lots are simulated. */
export const simulation = z.object({
  lots: z.array(z.object({ lot_id: uuid, link: z.enum(["up", "cut"]), vehicles_inside: count })),
  wall_rate: z.number().positive(),
});

export const simulationLinkChange = z.object({ link: z.enum(["up", "cut"]) });

export type SpotCounts = z.infer<typeof spotCounts>;
export type LiveLot = z.infer<typeof liveLot>;
export type LotLink = z.infer<typeof lotLink>;
export type LiveMovement = z.infer<typeof liveMovement>;
export type OperationsMessage = z.infer<typeof operationsMessage>;
export type Availability = z.infer<typeof availability>;
export type AvailabilityRequest = z.infer<typeof availabilityRequest>;
export type AvailabilityMessage = z.infer<typeof availabilityMessage>;
export type Simulation = z.infer<typeof simulation>;
