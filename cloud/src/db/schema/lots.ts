import { sql } from "drizzle-orm";
import { check, integer, jsonb, pgTable, text, unique, uuid, varchar } from "drizzle-orm/pg-core";
import { timestamps } from "./columns.ts";
import { operators } from "./operators.ts";

export const parkingLots = pgTable(
  "parking_lots",
  {
    id: uuid("id").primaryKey(),
    operator_id: uuid("operator_id")
      .notNull()
      .references(() => operators.id),
    code: varchar("code", { length: 63 }).notNull(),
    name: varchar("name", { length: 255 }).notNull(),
    address: text("address"),
    total_spots: integer("total_spots").notNull(),
    /** IANA name; prices and windows go by this zone's wall clock. */
    time_zone: varchar("time_zone", { length: 64 }).notNull(),
    currency: varchar("currency", { length: 3 }).notNull(),
    /** The replica's one `lot` item (shared/contracts/replica/lot.ts). */
    policy: jsonb("policy").notNull(),
    policy_version: integer("policy_version").notNull().default(1),
    ...timestamps,
  },
  (table) => [
    /** Lots of an operator in the order of their codes: GET /parking-lots. */
    unique("parking_lots_operator_code").on(table.operator_id, table.code),
    check("parking_lots_total_spots", sql`${table.total_spots} >= 0`),
  ],
);

export const areas = pgTable(
  "areas",
  {
    id: uuid("id").primaryKey(),
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    code: varchar("code", { length: 63 }).notNull(),
    name: varchar("name", { length: 255 }).notNull(),
    ...timestamps,
  },
  (table) => [unique("areas_lot_code").on(table.parking_lot_id, table.code)],
);

export const lanes = pgTable(
  "lanes",
  {
    id: uuid("id").primaryKey(),
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    area_id: uuid("area_id").references(() => areas.id),
    code: varchar("code", { length: 63 }).notNull(),
    name: varchar("name", { length: 255 }).notNull(),
    direction: varchar("direction", { length: 20 }).notNull(),
    ...timestamps,
  },
  (table) => [
    /** Lanes of a lot: live page, remote open. */
    unique("lanes_lot_code").on(table.parking_lot_id, table.code),
    check("lanes_direction", sql`${table.direction} in ('entry', 'exit', 'reversible')`),
  ],
);
