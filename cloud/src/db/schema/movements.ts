import { sql } from "drizzle-orm";
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, uuid, varchar } from "drizzle-orm/pg-core";
import { instant, minor } from "./columns.ts";

/**
 * One passage at a lane as its edge told it: first the decision, later under the same id what the vehicle did.
 * `decision` is null where nothing was decided (tailgate, held-open lane); `outcome` is null until the passage ends.
 */
export const movements = pgTable(
  "movements",
  {
    lot_id: uuid("lot_id").notNull(),
    id: uuid("id").notNull(),
    lane_id: uuid("lane_id").notNull(),
    direction: varchar("direction", { length: 8 }).notNull(),
    decision: varchar("decision", { length: 8 }),
    ask: varchar("ask", { length: 32 }),
    reasons: text("reasons").array().notNull().default(sql`'{}'`),
    outcome: varchar("outcome", { length: 16 }),
    plate: varchar("plate", { length: 32 }),
    session_id: uuid("session_id"),
    tariff_id: uuid("tariff_id"),
    tariff_version: integer("tariff_version"),
    fee_minor: minor("fee_minor"),
    due_minor: minor("due_minor"),
    currency: varchar("currency", { length: 3 }),
    replica_version: bigint("replica_version", { mode: "number" }),
    replica_age_ms: bigint("replica_age_ms", { mode: "number" }),
    link_state: varchar("link_state", { length: 16 }),
    /** When the edge decided, or the passage began where nothing was decided. */
    at: instant("at").notNull(),
    began_at: instant("began_at"),
    ended_at: instant("ended_at"),
    /** How far the edge's wall time could be trusted. */
    clock_quality: varchar("clock_quality", { length: 8 }).notNull(),
    received_at: instant("received_at").notNull(),
    /** What an auditor needs beside: credential, read with raw, normalised and matched plate, display key. */
    facts: jsonb("facts"),
  },
  (table) => [
    primaryKey({ columns: [table.lot_id, table.id] }),
    /** The latest movements of a lot: live page's snapshot. */
    index("movements_lot_at").on(table.lot_id, table.at),
    /** All movements of one session, for an operator or an auditor. */
    index("movements_lot_session").on(table.lot_id, table.session_id).where(sql`${table.session_id} is not null`),
    check("movements_decision", sql`${table.decision} in ('admit', 'refuse', 'ask')`),
    check("movements_outcome", sql`${table.outcome} in ('passed', 'backed_out', 'tailgated', 'not_seen')`),
  ],
);
