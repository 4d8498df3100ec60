import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const counter = (name: string) => bigint(name, { mode: "number" });

/** An enrolled edge: one a lot in service at a time. The certificate's serial number is the last one issued to it. */
export const devices = pgTable(
  "devices",
  {
    id: uuid("id").primaryKey(),
    operatorId: uuid("operator_id").notNull(),
    lotId: uuid("lot_id").notNull(),
    serial: text("serial").notNull(),
    certificateSerial: text("certificate_serial").notNull(),
    certificateNotAfter: instant("certificate_not_after").notNull(),
    enrolledAt: instant("enrolled_at").notNull(),
    revokedAt: instant("revoked_at"),
    revokedReason: text("revoked_reason"),
  },
  (table) => [
    // The same computer enrolled again keeps its id and gets a new epoch.
    uniqueIndex("devices_lot_serial").on(table.lotId, table.serial),
  ],
);

/** How far an edge's events are committed; ingest locks this row, and nothing else writes to it often. */
export const deviceStreams = pgTable("device_streams", {
  deviceId: uuid("device_id")
    .primaryKey()
    .references(() => devices.id),
  lotId: uuid("lot_id").notNull(),
  epoch: integer("epoch").notNull(),
  cursor: counter("cursor").notNull().default(0),
  /** H(cursor), hex; 64 zeros before the first event of an epoch. */
  hash: text("hash").notNull(),
  /** Set when two different events carried the same number (SYNC-04); nothing is taken until the device has a new epoch. */
  forkedAt: instant("forked_at"),
  updatedAt: instant("updated_at").notNull(),
});

/** The connection to an edge and what it last said of itself; apart from the stream, because it changes every second. */
export const deviceLinks = pgTable(
  "device_links",
  {
    deviceId: uuid("device_id")
      .primaryKey()
      .references(() => devices.id),
    lotId: uuid("lot_id").notNull(),
    /** The hub process that holds the connection. */
    hubId: uuid("hub_id"),
    /** Names one connection, so that the end of an older one can't mark a newer one as down. */
    connectionId: uuid("connection_id"),
    connected: boolean("connected").notNull().default(false),
    /** When `connected` last changed. */
    since: instant("since").notNull(),
    lastSeenAt: instant("last_seen_at").notNull(),
    linkNonce: text("link_nonce"),
    agentVersion: text("agent_version"),
    replicaVersion: counter("replica_version"),
    replicaChecksum: text("replica_checksum"),
    linkState: text("link_state").notNull().default("online"),
    outboxPending: counter("outbox_pending"),
    lanes: jsonb("lanes").$type<readonly TelemetryLane[]>().notNull().default(sql`'[]'::jsonb`),
    telemetryAt: instant("telemetry_at"),
  },
  (table) => [index("device_links_lot").on(table.lotId)],
);

/** Only the SHA-256 of a token's secret is kept; a token works once, until its hour is over, for its lot (and serial). */
export const enrolmentTokens = pgTable("enrolment_tokens", {
  secretHash: text("secret_hash").primaryKey(),
  operatorId: uuid("operator_id").notNull(),
  lotId: uuid("lot_id").notNull(),
  serial: text("serial"),
  createdBy: text("created_by").notNull(),
  createdAt: instant("created_at").notNull(),
  expiresAt: instant("expires_at").notNull(),
  usedAt: instant("used_at"),
  usedBy: uuid("used_by"),
});

/** Every event of every edge, as its exact line; the primary key is the event's identity (SYNC-03). */
export const edgeEvents = pgTable(
  "edge_events",
  {
    deviceId: uuid("device_id").notNull(),
    epoch: integer("epoch").notNull(),
    n: counter("n").notNull(),
    type: text("type").notNull(),
    at: instant("at").notNull(),
    line: text("line").notNull(),
    /** H(n), 32 bytes. */
    hash: bytea("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.deviceId, table.epoch, table.n] })],
);

/** Events that could not be applied, raw, for an operator to look into (SYNC-15). */
export const deadLetters = pgTable(
  "dead_letters",
  {
    deviceId: uuid("device_id").notNull(),
    epoch: integer("epoch").notNull(),
    n: counter("n").notNull(),
    lotId: uuid("lot_id").notNull(),
    raw: bytea("raw").notNull(),
    /** H(n), 32 bytes. */
    hash: bytea("hash").notNull(),
    code: text("code").notNull(),
    message: text("message").notNull(),
    receivedAt: instant("received_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.deviceId, table.epoch, table.n] })],
);

/** What an operator must look at: from the edge's own alarms, and from what the hub refuses. */
export const alarms = pgTable(
  "alarms",
  {
    id: uuid("id").primaryKey(),
    operatorId: uuid("operator_id").notNull(),
    lotId: uuid("lot_id").notNull(),
    deviceId: uuid("device_id"),
    laneId: uuid("lane_id"),
    code: text("code").notNull(),
    detail: text("detail").notNull(),
    at: instant("at").notNull(),
    receivedAt: instant("received_at").notNull(),
  },
  (table) => [index("alarms_lot_at").on(table.lotId, table.at.desc())],
);

/** The last known mode of a lane, by the edge's events (telemetry has the moving picture). */
export const laneStates = pgTable("lane_states", {
  laneId: uuid("lane_id").primaryKey(),
  lotId: uuid("lot_id").notNull(),
  mode: text("mode").notNull(),
  detail: text("detail"),
  changedAt: instant("changed_at").notNull(),
});

/** Hands on a lane: who moved the barrier outside the automatic cycle, and why. */
export const laneOverrides = pgTable(
  "lane_overrides",
  {
    deviceId: uuid("device_id").notNull(),
    epoch: integer("epoch").notNull(),
    n: counter("n").notNull(),
    lotId: uuid("lot_id").notNull(),
    laneId: uuid("lane_id").notNull(),
    action: text("action").notNull(),
    actor: text("actor").notNull(),
    reason: text("reason").notNull(),
    commandId: uuid("command_id"),
    at: instant("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.deviceId, table.epoch, table.n] }),
    index("lane_overrides_lane_at").on(table.laneId, table.at.desc()),
  ],
);
