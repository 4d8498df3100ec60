import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { type BusEvent, publishEvents } from "../../events/publish.ts";
import { LIVE_CHANNEL } from "../devices/context.ts";
import type { SqlRunner } from "./statement-queue.ts";

/** A notification holds less than 8,000 bytes; a movement's id takes 39 of them. */
const IDS_A_NOTIFICATION = 180;

export interface News {
  readonly lotId: Uuid;
  readonly at: WallMs;
  readonly bus: readonly BusEvent[];
  readonly movementIds: readonly Uuid[];
  readonly lanesChanged: boolean;
}

/** Tells the bus and the live pages of what is committed with this transaction. Holds the lot's bus: call it last. */
export async function tell(client: SqlRunner, { lotId, at, bus, movementIds, lanesChanged }: News): Promise<void> {
  const live: string[] = [];
  for (let i = 0; i < movementIds.length; i += IDS_A_NOTIFICATION) {
    const ids = movementIds.slice(i, i + IDS_A_NOTIFICATION);
    live.push(JSON.stringify({ lot_id: lotId, kind: "movements", ids }));
  }
  if (lanesChanged) live.push(JSON.stringify({ lot_id: lotId, kind: "lanes" }));
  if (live.length > 0) await notify(client, live);
  // `drizzle` wants the class, of which it calls only `query`.
  if (bus.length > 0) await publishEvents(drizzle(client as unknown as pg.Client), { lotId, events: bus, at });
}

async function notify(client: SqlRunner, payloads: readonly string[]): Promise<void> {
  await client.query({
    name: "ingest_notify",
    text: "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload",
    values: [LIVE_CHANNEL, payloads],
  });
}
