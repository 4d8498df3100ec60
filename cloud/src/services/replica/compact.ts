import { sql } from "drizzle-orm";
import type { SqlExecutor } from "./record-change.ts";

/** Versions of each lot whose changes are kept; an edge further behind gets a snapshot. */
const VERSIONS_KEPT = 1_000;

/** Drops changes that no delta is made of any more. */
export async function compactReplicaChanges(db: SqlExecutor): Promise<void> {
  await db.execute(sql`
    DELETE FROM replica_changes AS change USING replica_heads AS head
    WHERE change.lot_id = head.lot_id AND change.version <= head.version - ${VERSIONS_KEPT}`);
}
