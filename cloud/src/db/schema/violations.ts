import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, primaryKey, text, uuid, varchar } from "drizzle-orm/pg-core";
import { timestamps } from "./columns.ts";
import { parkingSessions } from "./sessions.ts";

export const violations = pgTable(
  "violations",
  {
    parking_lot_id: uuid("parking_lot_id").notNull(),
    id: uuid("id").notNull(),
    parking_session_id: uuid("parking_session_id").notNull(),
    violation_type: varchar("violation_type", { length: 50 }).notNull(),
    description: text("description"),
    status: varchar("status", { length: 20 }).notNull(),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.parking_lot_id, table.id] }),
    foreignKey({
      name: "violations_session",
      columns: [table.parking_lot_id, table.parking_session_id],
      foreignColumns: [parkingSessions.parking_lot_id, parkingSessions.id],
    }),
    /** GET /violations/parking-session/{sessionId}. */
    index("violations_lot_session").on(table.parking_lot_id, table.parking_session_id),
    check(
      "violations_status",
      sql`${table.status} in ('open', 'notified', 'paid', 'appealed', 'dismissed', 'referred')`,
    ),
  ],
);
