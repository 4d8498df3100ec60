import type { ReplicaChange } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { bigint, integer, json, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

/** Where a lot's replica stands; whoever changes the replica locks this row first, so versions have no holes. */
export const replicaHeads = pgTable("replica_heads", {
  lotId: uuid("lot_id").primaryKey(),
  version: bigint("version", { mode: "number" }).notNull(),
  /** XOR of the items' SHA-256, hex (shared/src/sync/replica-checksum.ts). */
  checksum: text("checksum").notNull(),
  itemCount: integer("item_count").notNull(),
});

/** The items of the head version; `value` is canonical JSON text, as the checksum covers it. */
export const replicaItems = pgTable(
  "replica_items",
  {
    lotId: uuid("lot_id").notNull(),
    collection: text("collection").notNull(),
    key: text("key").notNull(),
    value: text("value").notNull(),
  },
  (table) => [primaryKey({ columns: [table.lotId, table.collection, table.key] })],
);

/** The way to each recent version: what changed and the checksum it led to. Old ones are compacted away. */
export const replicaChanges = pgTable(
  "replica_changes",
  {
    lotId: uuid("lot_id").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    checksum: text("checksum").notNull(),
    /** Null where they were too many for a delta; an edge before this version then gets a snapshot. */
    changes: json("changes").$type<readonly ReplicaChange[]>(),
    recordedAt: timestamp("recorded_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.lotId, table.version] })],
);
