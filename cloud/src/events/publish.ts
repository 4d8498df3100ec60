import { type BusPayload, type BusTopic, busTopics } from "@gatehouse/shared/contracts/events/topics.ts";
import { toIso, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { DatabaseOrTransaction } from "../db/database.ts";

/** One event of a topic with its payload. */
export type BusEvent = { [T in BusTopic]: { readonly topic: T; readonly payload: BusPayload<T> } }[BusTopic];

export interface Publication {
  readonly lotId: Uuid;
  readonly events: readonly BusEvent[];
  readonly at: WallMs;
}

/** Told on commit; the payload is `{"lot_id"}`. */
export const BUS_CHANNEL = "gatehouse_bus";

/** Anything that runs plain SQL in the caller's transaction. */
export type SqlExecutor = Pick<DatabaseOrTransaction, "execute">;

/**
 * Writes events to a lot's stream in the caller's transaction: they are told if, and only if, it commits. Holds the
 * lot's stream until then, so call it last, and for several lots in the order of their ids; otherwise two transactions
 * could wait for each other. Gives their positions; null when there are none. Throws ZodError when a payload breaks its
 * topic's contract.
 */
export async function publishEvents(
  tx: SqlExecutor,
  { lotId, events, at }: Publication,
): Promise<{ readonly first: number; readonly last: number } | null> {
  if (events.length === 0) return null;
  const topics = events.map((event) => event.topic);
  const payloads = events.map((event) => JSON.stringify(busTopics[event.topic].parse(event.payload)));
  const written = await tx.execute<{ before: string }>(sql`
    WITH stream AS (
      INSERT INTO bus_heads (lot_id, head) VALUES (${lotId}, ${events.length})
      ON CONFLICT (lot_id) DO UPDATE SET head = bus_heads.head + ${events.length}
      RETURNING head - ${events.length} AS before
    ), written AS (
      INSERT INTO event_outbox (lot_id, position, topic, payload, at)
      SELECT ${lotId}, stream.before + event.place, event.topic, event.payload::jsonb, ${toIso(at)}::timestamptz
      FROM stream, unnest(${sql.param(topics)}::text[], ${sql.param(payloads)}::text[])
        WITH ORDINALITY AS event (topic, payload, place)
    )
    SELECT before, pg_notify(${BUS_CHANNEL}, ${JSON.stringify({ lot_id: lotId })}) FROM stream`);
  const before = Number(written.rows[0]?.before);
  return { first: before + 1, last: before + events.length };
}
