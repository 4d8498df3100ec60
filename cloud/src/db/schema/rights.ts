import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, primaryKey, uuid, varchar } from "drizzle-orm/pg-core";
import { instant, timestamps } from "./columns.ts";
import { parkingLots } from "./lots.ts";

/** A published version of a tariff, never changed afterwards; `value` is the replica item of shared/contracts/replica/tariff.ts. */
export const tariffs = pgTable(
  "tariffs",
  {
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    tariff_id: uuid("tariff_id").notNull(),
    version: integer("version").notNull(),
    name: varchar("name", { length: 120 }).notNull(),
    in_force_from: instant("in_force_from").notNull(),
    value: jsonb("value").notNull(),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.tariff_id, table.version] }),
    /** The version in force at an instant. */
    index("tariffs_lot_in_force").on(table.parking_lot_id, table.in_force_from),
  ],
);

/** A permit; `value` is its replica item. A revoked one keeps its row and leaves the replica. */
export const permits = pgTable(
  "permits",
  {
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    permit_id: varchar("permit_id", { length: 64 }).notNull(),
    value: jsonb("value").notNull(),
    revoked_at: instant("revoked_at"),
    version: integer("version").notNull().default(1),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.permit_id] }),
    /** The permits that name a plate: start of a session by a camera that talks to the cloud. */
    index("permits_plates").using("gin", sql`(${table.value} -> 'plates')`).where(sql`${table.revoked_at} is null`),
    /** Permits in force of a lot: GET /permits. */
    index("permits_lot_in_force").on(table.parking_lot_id, table.permit_id).where(sql`${table.revoked_at} is null`),
  ],
);

/** A limit shared by several permits. */
export const pools = pgTable(
  "pools",
  {
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    pool_id: varchar("pool_id", { length: 64 }).notNull(),
    value: jsonb("value").notNull(),
    ...timestamps,
  },
  (table) => [primaryKey({ columns: [table.parking_lot_id, table.pool_id] })],
);

/** A plate that is refused or flagged. A removed entry keeps its row and leaves the replica. */
export const blocklist = pgTable(
  "blocklist",
  {
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    entry_id: varchar("entry_id", { length: 64 }).notNull(),
    value: jsonb("value").notNull(),
    removed_at: instant("removed_at"),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.entry_id] }),
    /** Entries in force of a lot: GET /blocklist. */
    index("blocklist_lot_in_force").on(table.parking_lot_id, table.entry_id).where(sql`${table.removed_at} is null`),
  ],
);
