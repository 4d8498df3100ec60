import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uuid, varchar } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * The last position of each lot's stream. Publishing adds to it and so holds its row until commit: positions of a lot
 * become visible in order and without holes, and a consumer's position can never step over a late commit. It is also the
 * version of the lot's availability, which real-time clients resume from.
 */
export const busHeads = pgTable("bus_heads", {
  lot_id: uuid("lot_id").primaryKey(),
  head: bigint("head", { mode: "number" }).notNull(),
});

/** Events written in the transaction of the change that they tell of (shared/contracts/events/topics.ts). */
export const eventOutbox = pgTable(
  "event_outbox",
  {
    lot_id: uuid("lot_id").notNull(),
    position: bigint("position", { mode: "number" }).notNull(),
    topic: varchar("topic", { length: 64 }).notNull(),
    payload: jsonb("payload").notNull(),
    at: instant("at").notNull(),
  },
  (table) => [
    /** A lot's stream from a position on. */
    primaryKey({ columns: [table.lot_id, table.position] }),
  ],
);

/** How far a consumer group has come in each lot's stream; moved in the transaction of the consumer's effect. */
export const busConsumers = pgTable(
  "bus_consumers",
  {
    consumer: varchar("consumer", { length: 64 }).notNull(),
    lot_id: uuid("lot_id").notNull(),
    position: bigint("position", { mode: "number" }).notNull().default(0),
    /** Failures in a row of the event after `position`. */
    attempts: integer("attempts").notNull().default(0),
    /** Not tried again before this time of the database's clock. */
    retry_at: instant("retry_at"),
  },
  (table) => [primaryKey({ columns: [table.consumer, table.lot_id] })],
);

/** Events that a consumer gave up on; kept until an operator has dealt with them. */
export const busDeadLetters = pgTable(
  "bus_dead_letters",
  {
    consumer: varchar("consumer", { length: 64 }).notNull(),
    lot_id: uuid("lot_id").notNull(),
    position: bigint("position", { mode: "number" }).notNull(),
    topic: varchar("topic", { length: 64 }).notNull(),
    payload: jsonb("payload").notNull(),
    error: text("error").notNull(),
    at: instant("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.consumer, table.lot_id, table.position] }),
    /** Newest first, for the operator. */
    index("bus_dead_letters_at").on(table.at),
  ],
);
