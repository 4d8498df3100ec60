import { sql } from "drizzle-orm";
import { check, foreignKey, index, numeric, pgTable, primaryKey, smallint, uuid, varchar } from "drizzle-orm/pg-core";
import { instant, minor, timestamps } from "./columns.ts";
import { parkingSessions } from "./sessions.ts";
import { users } from "./users.ts";

/** Money taken for a session, at the lane or online. Never a card number: `reference` is the terminal's or gateway's own. */
export const payments = pgTable(
  "payments",
  {
    parking_lot_id: uuid("parking_lot_id").notNull(),
    id: uuid("id").notNull(),
    user_id: uuid("user_id").references(() => users.id),
    parking_session_id: uuid("parking_session_id").notNull(),
    amount_minor: minor("amount_minor").notNull(),
    /** Digits after the decimal point of the currency (ISO 4217). */
    minor_digits: smallint("minor_digits").notNull().default(2),
    /** In major units, from the two above; for reports and people, not for arithmetic. */
    amount: numeric("amount", { precision: 16, scale: 3 })
      .notNull()
      .generatedAlwaysAs(sql`amount_minor::numeric / power(10::numeric, minor_digits)`),
    currency: varchar("currency", { length: 3 }).notNull(),
    payment_method: varchar("payment_method", { length: 50 }).notNull(),
    status: varchar("status", { length: 20 }).notNull(),
    lane_id: uuid("lane_id"),
    reference: varchar("reference", { length: 64 }),
    paid_at: instant("paid_at").notNull(),
    /** Until when the vehicle may leave without paying more. */
    paid_until: instant("paid_until"),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.id] }),
    foreignKey({
      name: "payments_session",
      columns: [table.parking_lot_id, table.parking_session_id],
      foreignColumns: [parkingSessions.parking_lot_id, parkingSessions.id],
    }),
    /** Payments of a session. */
    index("payments_lot_session").on(table.parking_lot_id, table.parking_session_id),
    check("payments_status", sql`${table.status} in ('pending', 'completed', 'failed', 'refunded')`),
  ],
);
