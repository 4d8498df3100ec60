import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";

/**
 * Deletes events from before an instant that every consumer group has taken; the rest waits for the slowest group. A
 * real-time client that was away longer gets a snapshot instead of changes.
 */
export async function pruneOutbox(db: Database, before: Date, consumers: readonly string[]): Promise<void> {
  await db.execute(sql`
    DELETE FROM event_outbox event
    WHERE event.at < ${before.toISOString()}::timestamptz
      AND event.position <= ALL (
        SELECT coalesce(mine.position, 0)
        FROM unnest(${sql.param([...consumers])}::text[]) AS consumer (name)
        LEFT JOIN bus_consumers mine ON mine.consumer = consumer.name AND mine.lot_id = event.lot_id)`);
}
