import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { SqlExecutor } from "../publish.ts";

export interface StreamRow {
  readonly position: number;
  readonly topic: string;
  readonly payload: unknown;
}

export interface StreamRange {
  readonly lotId: Uuid;
  readonly after: number;
  readonly limit: number;
}

/** The events of a lot's stream after a position, oldest first. */
export async function readStream(tx: SqlExecutor, { lotId, after, limit }: StreamRange): Promise<readonly StreamRow[]> {
  const found = await tx.execute<{ position: string; topic: string; payload: unknown }>(sql`
    SELECT position, topic, payload FROM event_outbox
    WHERE lot_id = ${lotId} AND position > ${after} ORDER BY position LIMIT ${limit}`);
  return found.rows.map((row) => ({ ...row, position: Number(row.position) }));
}
