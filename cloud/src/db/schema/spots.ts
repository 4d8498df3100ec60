import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, unique, uniqueIndex, uuid, varchar } from "drizzle-orm/pg-core";
import { timestamps } from "./columns.ts";
import { areas, parkingLots } from "./lots.ts";

export const parkingSpots = pgTable(
  "parking_spots",
  {
    id: uuid("id").notNull().unique(),
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    area_id: uuid("area_id").references(() => areas.id),
    spot_number: varchar("spot_number", { length: 50 }).notNull(),
    type: varchar("type", { length: 20 }).notNull().default("standard"),
    status: varchar("status", { length: 20 }).notNull(),
    /** The session that the spot was given to; null for a spot that a sensor or a hand marked. */
    session_id: uuid("session_id"),
    /** Rises with each change; the ETag. */
    version: integer("version").notNull().default(1),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.id] }),
    unique("parking_spots_lot_number").on(table.parking_lot_id, table.spot_number),
    /** Availability by type, and the first free spot of a type in stable order for allocation. */
    index("parking_spots_lot_type_status").on(table.parking_lot_id, table.status, table.type, table.spot_number),
    /** The spot of a session, for release; one session holds at most one spot. */
    uniqueIndex("parking_spots_lot_session")
      .on(table.parking_lot_id, table.session_id)
      .where(sql`${table.session_id} is not null`),
    check("parking_spots_type", sql`${table.type} in ('standard', 'disabled', 'ev')`),
    check("parking_spots_status", sql`${table.status} in ('available', 'occupied', 'reserved', 'out_of_service')`),
  ],
);
