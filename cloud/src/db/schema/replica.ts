import type { ReplicaChange } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { bigint, integer, json, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Where a lot's replica stands; whoever changes the replica locks this row first, so versions have no holes. */
export const replicaHeads = pgTable("replica_heads", {
  lot_id: uuid("lot_id").primaryKey(),
  version: bigint("version", { mode: "number" }).notNull(),
  /** XOR of the items' SHA-256, hex (shared/src/sync/replica-checksum.ts). */
  checksum: text("checksum").notNull(),
  item_count: integer("item_count").notNull(),
});

/** The items of the head version; `value` is canonical JSON text, as the checksum covers it. */
export const replicaItems = pgTable(
  "replica_items",
  {
    lot_id: uuid("lot_id").notNull(),
    collection: text("collection").notNull(),
    key: text("key").notNull(),
    value: text("value").notNull(),
  },
  (table) => [primaryKey({ columns: [table.lot_id, table.collection, table.key] })],
);

/** The way to each recent version: what changed and the checksum it led to. Old ones are compacted away. */
export const replicaChanges = pgTable(
  "replica_changes",
  {
    lot_id: uuid("lot_id").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    checksum: text("checksum").notNull(),
    /** Null where they were too many for a delta; an edge before this version then gets a snapshot. */
    changes: json("changes").$type<readonly ReplicaChange[]>(),
    recorded_at: instant("recorded_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.lot_id, table.version] })],
);
