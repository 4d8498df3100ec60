import { sql } from "drizzle-orm";
import { check, index, pgTable, primaryKey, uuid, varchar } from "drizzle-orm/pg-core";
import { instant, timestamps } from "./columns.ts";
import { parkingLots } from "./lots.ts";
import { users } from "./users.ts";

/** A right for one window. No spot is promised twice: the exclusion constraint `reservations_no_overlap` (own migration). */
export const reservations = pgTable(
  "reservations",
  {
    parking_lot_id: uuid("parking_lot_id")
      .notNull()
      .references(() => parkingLots.id),
    id: uuid("id").notNull(),
    user_id: uuid("user_id").references(() => users.id),
    parking_spot_id: uuid("parking_spot_id").notNull(),
    license_plate: varchar("license_plate", { length: 32 }),
    code: varchar("code", { length: 200 }),
    spot_type: varchar("spot_type", { length: 20 }).notNull(),
    start_time: instant("start_time").notNull(),
    end_time: instant("end_time").notNull(),
    status: varchar("status", { length: 20 }).notNull(),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.id] }),
    /** DELETE /reservations/{id}: the caller doesn't name the lot. */
    index("reservations_id").on(table.id),
    /** GET /reservations/user/{userId}. */
    index("reservations_user").on(table.user_id, table.start_time),
    check("reservations_window", sql`${table.start_time} < ${table.end_time}`),
    check(
      "reservations_status",
      sql`${table.status} in ('confirmed', 'checked_in', 'completed', 'cancelled', 'no_show')`,
    ),
  ],
);
