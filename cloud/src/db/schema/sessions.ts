import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, uniqueIndex, uuid, varchar } from "drizzle-orm/pg-core";
import { instant, minor, timestamps } from "./columns.ts";
import { parkingLots } from "./lots.ts";
import { users } from "./users.ts";

/**
 * One stay. `id` is the edge's when the edge opened it; the lot is part of the key, so that a lot can only ever write
 * its own. `open` and `paid` are inside the lot, `closed` and `voided` are not.
 */
export const parkingSessions = pgTable(
  "parking_sessions",
  {
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    id: uuid("id").notNull(),
    user_id: uuid("user_id").references(() => users.id),
    /** Written once the entry event has been consumed; the spot's own row says who holds it now. */
    parking_spot_id: uuid("parking_spot_id"),
    /** Null for a vehicle that came in with a ticket only. */
    license_plate: varchar("license_plate", { length: 32 }),
    ticket: varchar("ticket", { length: 64 }),
    kind: varchar("kind", { length: 20 }).notNull().default("transient"),
    permit_id: varchar("permit_id", { length: 64 }),
    reservation_id: varchar("reservation_id", { length: 64 }),
    spot_type: varchar("spot_type", { length: 20 }).notNull().default("standard"),
    entry_time: instant("entry_time").notNull(),
    exit_time: instant("exit_time"),
    status: varchar("status", { length: 20 }).notNull(),
    close_reason: varchar("close_reason", { length: 32 }),
    tariff_id: uuid("tariff_id"),
    tariff_version: integer("tariff_version"),
    fee_minor: minor("fee_minor"),
    paid_minor: minor("paid_minor").notNull().default(0),
    debt_minor: minor("debt_minor").notNull().default(0),
    currency: varchar("currency", { length: 3 }).notNull(),
    entry_lane_id: uuid("entry_lane_id"),
    entry_movement_id: uuid("entry_movement_id"),
    exit_lane_id: uuid("exit_lane_id"),
    exit_movement_id: uuid("exit_movement_id"),
    /** `edge`: the lot's gate told of it; `cloud`: a camera or a user that talks to the API. */
    origin: varchar("origin", { length: 8 }).notNull().default("edge"),
    /** Rises with each change; the ETag. */
    version: integer("version").notNull().default(1),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.id] }),
    /** GET /parking-sessions/{id}: the caller doesn't name the lot. */
    index("parking_sessions_id").on(table.id),
    /** At most one open session per plate and lot; finds it at the exit. */
    uniqueIndex("parking_sessions_one_open")
      .on(table.parking_lot_id, table.license_plate)
      .where(sql`${table.status} in ('open', 'paid') and ${table.license_plate} is not null`),
    /** Count of open sessions of a lot for the live page. */
    index("parking_sessions_open").on(table.parking_lot_id).where(sql`${table.status} in ('open', 'paid')`),
    /** Stays of one plate in a lot: search by plate, an exit that is told again. */
    index("parking_sessions_lot_plate").on(table.parking_lot_id, table.license_plate, table.entry_time),
    /** GET /parking-sessions: newest first, page by page. */
    index("parking_sessions_lot_entry").on(table.parking_lot_id, table.entry_time, table.id),
    check("parking_sessions_status", sql`${table.status} in ('open', 'paid', 'closed', 'voided')`),
  ],
);
