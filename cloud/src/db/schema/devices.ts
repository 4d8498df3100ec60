import type { EdgeStanding, TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { LinkState } from "@gatehouse/shared/contracts/primitives.ts";
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
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
const counter = (name: string) => bigint(name, { mode: "number" });

/** An enrolled edge: one a lot in service at a time. The certificate's serial number is the one it was last seen to use. */
export const devices = pgTable(
  "devices",
  {
    id: uuid("id").primaryKey(),
    operator_id: uuid("operator_id").notNull(),
    lot_id: uuid("lot_id").notNull(),
    serial: text("serial").notNull(),
    certificate_serial: text("certificate_serial").notNull(),
    certificate_not_after: instant("certificate_not_after").notNull(),
    /** A renewed certificate that the device has not shown yet: until it does, both are good. */
    next_certificate_serial: text("next_certificate_serial"),
    next_certificate_not_after: instant("next_certificate_not_after"),
    /** Set while the device asks for a new certificate with one that has expired, and when an operator allowed it. */
    renewal_asked_at: instant("renewal_asked_at"),
    renewal_approved_at: instant("renewal_approved_at"),
    enrolled_at: instant("enrolled_at").notNull(),
    revoked_at: instant("revoked_at"),
    revoked_reason: text("revoked_reason"),
  },
  (table) => [
    // The same computer enrolled again keeps its id and gets a new epoch.
    uniqueIndex("devices_lot_serial").on(table.lot_id, table.serial),
  ],
);

/**
 * - `fork`: two different events carried one number.
 * - `clone`: two computers run with one identity.
 * - `rolled_back`: the device no longer knows events that it had sent.
 */
export type StreamStop = "fork" | "clone" | "rolled_back";

/** How far an edge's events are committed; ingest locks this row, and nothing else writes to it often. */
export const deviceStreams = pgTable("device_streams", {
  device_id: uuid("device_id")
    .primaryKey()
    .references(() => devices.id),
  lot_id: uuid("lot_id").notNull(),
  epoch: integer("epoch").notNull(),
  cursor: counter("cursor").notNull().default(0),
  /** H(cursor), hex; 64 zeros before the first event of an epoch. */
  hash: text("hash").notNull(),
  /** The cursor with which the epoch began: numbers of a device go on over its epochs. */
  epoch_start: counter("epoch_start").notNull().default(0),
  /** Set when the device was set apart (SYNC-04, SYNC-07, SYNC-08); nothing is taken until it has a new epoch. */
  forked_at: instant("forked_at"),
  /** Why; null while the stream flows, and in rows from before this column: a fork. */
  stopped_for: text("stopped_for").$type<StreamStop>(),
  /** The epoch was given out, and the device has not been heard in it yet. */
  epoch_due: boolean("epoch_due").notNull().default(false),
  /**
   * Set while all events of this epoch so far were told in an earlier one: where the last of them stands there. They keep
   * their line and change nothing.
   */
  retold_epoch: integer("retold_epoch"),
  retold_n: counter("retold_n"),
  /** The run of the device that was heard last. */
  boot: uuid("boot"),
  /** The monotonic time of that run when it said its last hello; an earlier one comes late (SYNC-17). */
  hello_mono: counter("hello_mono"),
  /** The run whose events are in with a time that nothing vouches for yet (SYNC-13). */
  unanchored_boot: uuid("unanchored_boot"),
  updated_at: instant("updated_at").notNull(),
});

/**
 * Runs of an edge. One that another came after has ended: when it speaks again, two computers have one identity (SYNC-07).
 * The anchor ties a run's monotonic time to the cloud's, for events of a clock that was wrong (SYNC-13).
 */
export const deviceBoots = pgTable(
  "device_boots",
  {
    device_id: uuid("device_id")
      .notNull()
      .references(() => devices.id),
    boot: uuid("boot").notNull(),
    /** Null while no other run has come after it. */
    ended_at: instant("ended_at"),
    anchor_at: instant("anchor_at"),
    anchor_mono: counter("anchor_mono"),
  },
  (table) => [primaryKey({ columns: [table.device_id, table.boot] })],
);

/** The connection to an edge and what it last said of itself; apart from the stream, because it changes every second. */
export const deviceLinks = pgTable(
  "device_links",
  {
    device_id: uuid("device_id")
      .primaryKey()
      .references(() => devices.id),
    lot_id: uuid("lot_id").notNull(),
    /** The hub process that holds the connection. */
    hub_id: uuid("hub_id"),
    /** Names one connection, so that the end of an older one can't mark a newer one as down. */
    connection_id: uuid("connection_id"),
    connected: boolean("connected").notNull().default(false),
    /** When `connected` last changed. */
    since: instant("since").notNull(),
    last_seen_at: instant("last_seen_at").notNull(),
    link_nonce: text("link_nonce"),
    agent_version: text("agent_version"),
    replica_version: counter("replica_version"),
    replica_checksum: text("replica_checksum"),
    link_state: text("link_state").$type<LinkState>().notNull().default("online"),
    outbox_pending: counter("outbox_pending"),
    lanes: jsonb("lanes").$type<readonly TelemetryLane[]>().notNull().default(sql`'[]'::jsonb`),
    /** How the edge stood at `telemetry_at`; null while none of protocol version 4 was heard. */
    standing: jsonb("standing").$type<EdgeStanding>(),
    telemetry_at: instant("telemetry_at"),
  },
  (table) => [index("device_links_lot").on(table.lot_id)],
);

/** Only the SHA-256 of a token's secret is kept; a token works once, until its hour is over, for its lot (and serial). */
export const enrolmentTokens = pgTable("enrolment_tokens", {
  secret_hash: text("secret_hash").primaryKey(),
  operator_id: uuid("operator_id").notNull(),
  lot_id: uuid("lot_id").notNull(),
  serial: text("serial"),
  created_by: text("created_by").notNull(),
  created_at: instant("created_at").notNull(),
  expires_at: instant("expires_at").notNull(),
  used_at: instant("used_at"),
  used_by: uuid("used_by"),
});

/** Every event of every edge, as its exact line; the primary key is the event's identity (SYNC-03). */
export const edgeEvents = pgTable(
  "edge_events",
  {
    device_id: uuid("device_id").notNull(),
    epoch: integer("epoch").notNull(),
    n: counter("n").notNull(),
    type: text("type").notNull(),
    at: instant("at").notNull(),
    line: text("line").notNull(),
    /** H(n), 32 bytes. */
    hash: bytea("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.device_id, table.epoch, table.n] })],
);

/** Events that could not be applied, raw, for an operator to look into (SYNC-15). */
export const deadLetters = pgTable(
  "dead_letters",
  {
    device_id: uuid("device_id").notNull(),
    epoch: integer("epoch").notNull(),
    n: counter("n").notNull(),
    lot_id: uuid("lot_id").notNull(),
    raw: bytea("raw").notNull(),
    /** H(n), 32 bytes. */
    hash: bytea("hash").notNull(),
    code: text("code").notNull(),
    message: text("message").notNull(),
    received_at: instant("received_at").notNull(),
    /** Set once somebody has dealt with it. The row stays: the hash chain of the stream runs through it. */
    settled_at: instant("settled_at"),
    settled_as: text("settled_as").$type<"redelivered" | "discarded">(),
    settled_by: text("settled_by"),
  },
  (table) => [
    primaryKey({ columns: [table.device_id, table.epoch, table.n] }),
    // Serves: what nobody has dealt with at a lot.
    index("dead_letters_open").on(table.lot_id, table.received_at).where(sql`${table.settled_at} IS NULL`),
  ],
);

/** What an operator must look at: from the edge's own alarms, and from what the hub refuses. */
export const alarms = pgTable(
  "alarms",
  {
    id: uuid("id").primaryKey(),
    operator_id: uuid("operator_id").notNull(),
    lot_id: uuid("lot_id").notNull(),
    device_id: uuid("device_id"),
    lane_id: uuid("lane_id"),
    code: text("code").notNull(),
    detail: text("detail").notNull(),
    at: instant("at").notNull(),
    received_at: instant("received_at").notNull(),
  },
  (table) => [index("alarms_lot_at").on(table.lot_id, table.at.desc())],
);

/** The last known mode of a lane, by the edge's events (telemetry has the moving picture). */
export const laneStates = pgTable("lane_states", {
  lane_id: uuid("lane_id").primaryKey(),
  lot_id: uuid("lot_id").notNull(),
  mode: text("mode").notNull(),
  detail: text("detail"),
  changed_at: instant("changed_at").notNull(),
});

/** Hands on a lane: who moved the barrier outside the automatic cycle, and why. */
export const laneOverrides = pgTable(
  "lane_overrides",
  {
    device_id: uuid("device_id").notNull(),
    epoch: integer("epoch").notNull(),
    n: counter("n").notNull(),
    lot_id: uuid("lot_id").notNull(),
    lane_id: uuid("lane_id").notNull(),
    action: text("action").notNull(),
    actor: text("actor").notNull(),
    reason: text("reason").notNull(),
    command_id: uuid("command_id"),
    at: instant("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.device_id, table.epoch, table.n] }),
    index("lane_overrides_lane_at").on(table.lane_id, table.at.desc()),
  ],
);
