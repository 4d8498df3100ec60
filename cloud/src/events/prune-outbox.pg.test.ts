import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../db/testing/test-database.ts";
import { pruneOutbox } from "./prune-outbox.ts";
import { type BusEvent, publishEvents } from "./publish.ts";

const lotId = formatUuid(seededRandom(5).bytes(16));
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test("only old events that every group has taken are deleted", async () => {
  const event: BusEvent = {
    topic: "parking.entries.voided",
    payload: { timestamp: "2026-01-01T00:00:00Z", parking_lot_id: lotId, session_id: lotId, reason: "test" },
  };
  for (const at of [1_000, 2_000, 3_000, 9_000])
    await publishEvents(database.db, { lotId, events: [event], at: wallMs(at) });
  const left = async () => {
    const { rows } = await database.db.execute<{ position: string }>(
      sql`SELECT position FROM event_outbox ORDER BY position`,
    );
    return rows.map(({ position }) => Number(position));
  };
  const prune = () => pruneOutbox(database.db, new Date(5_000), ["quick", "slow"]);
  await database.db.execute(sql`INSERT INTO bus_consumers (consumer, lot_id, position) VALUES ('quick', ${lotId}, 4)`);
  await prune();
  expect(await left()).toEqual([1, 2, 3, 4]);
  await database.db.execute(sql`INSERT INTO bus_consumers (consumer, lot_id, position) VALUES ('slow', ${lotId}, 2)`);
  await prune();
  expect(await left()).toEqual([3, 4]);
  await database.db.execute(sql`UPDATE bus_consumers SET position = 4`);
  await prune();
  expect(await left()).toEqual([4]);
});
