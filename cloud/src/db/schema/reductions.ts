import { sql } from "drizzle-orm";
import { index, jsonb, pgTable, primaryKey, uuid, varchar } from "drizzle-orm/pg-core";
import { instant, timestamps } from "./columns.ts";
import { parkingLots } from "./lots.ts";

/** A third party's reduction; `value` is its replica item. One that was taken back keeps its row and leaves the replica. */
export const validations = pgTable(
  "validations",
  {
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    validation_id: varchar("validation_id", { length: 64 }).notNull(),
    value: jsonb("value").notNull(),
    revoked_at: instant("revoked_at"),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.validation_id] }),
    /** Validations in force of a lot. */
    index("validations_lot_in_force")
      .on(table.parking_lot_id, table.validation_id)
      .where(sql`${table.revoked_at} is null`),
  ],
);

/** Which stay a validation was used for, as the gate told; it may be told before the validation is known here. */
export const validationUses = pgTable(
  "validation_uses",
  {
    parking_lot_id: uuid("parking_lot_id").notNull(),
    validation_id: varchar("validation_id", { length: 64 }).notNull(),
    session_id: uuid("session_id").notNull(),
    lane_id: uuid("lane_id").notNull(),
    used_at: instant("used_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.validation_id, table.session_id] }),
    /** What was used for a session. */
    index("validation_uses_session").on(table.parking_lot_id, table.session_id),
  ],
);

/** An agreement to collect fees of some plates without a stop; `value` is its replica item. */
export const paymentAccounts = pgTable(
  "payment_accounts",
  {
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    account_id: uuid("account_id").notNull(),
    value: jsonb("value").notNull(),
    ended_at: instant("ended_at"),
    ...timestamps,
  },
  (table) => [primaryKey({ columns: [table.parking_lot_id, table.account_id] })],
);
