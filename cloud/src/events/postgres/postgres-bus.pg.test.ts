import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../db/testing/test-database.ts";
import type { BusPort, Consumer } from "../bus.ts";
import { type BusEvent, publishEvents } from "../publish.ts";
import { consumeLot, MAX_ATTEMPTS } from "./consume-lot.ts";
import { createPostgresBus } from "./postgres-bus.ts";

const clock = systemClock();
const newId = uuidv7Source(clock, systemRandom);
const log = pino({ level: "silent" });
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase({ maxConnections: 20 });
  await database.db.execute(
    sql`CREATE TABLE seen (consumer text, lot_id uuid, n int, PRIMARY KEY (consumer, lot_id, n))`,
  );
  await database.db.execute(sql`CREATE TABLE seen_order (id serial, consumer text, lot_id uuid, n int)`);
});
beforeEach(() =>
  database.db.execute(sql`TRUNCATE seen, seen_order, bus_heads, event_outbox, bus_consumers, bus_dead_letters`),
);
afterAll(() => database.close());

const event = (lotId: string, n: number): BusEvent => ({
  topic: "parking.entries.voided",
  payload: { timestamp: "2026-01-01T00:00:00Z", parking_lot_id: lotId, session_id: newId(), reason: String(n) },
});

const publish = (lotId: string, numbers: readonly number[]) =>
  database.db.transaction((tx) =>
    publishEvents(tx, { lotId, events: numbers.map((n) => event(lotId, n)), at: wallMs(0) }),
  );

/** Writes each event once into a table whose key refuses a second effect, and into one that keeps the order. */
const recorder = (name: string, before: (n: number) => Promise<void> = async () => undefined): Consumer => ({
  name,
  handlers: {
    "parking.entries.voided": async ({ tx }, { lotId, payload }) => {
      const n = Number(payload.reason);
      await tx.execute(sql`INSERT INTO seen VALUES (${name}, ${lotId}, ${n})`);
      await tx.execute(sql`INSERT INTO seen_order (consumer, lot_id, n) VALUES (${name}, ${lotId}, ${n})`);
      await before(n);
    },
  },
});

async function seenBy(consumer: string, lotId: string): Promise<number[]> {
  const { rows } = await database.db.execute<{ n: number }>(
    sql`SELECT n FROM seen_order WHERE consumer = ${consumer} AND lot_id = ${lotId} ORDER BY id`,
  );
  return rows.map((row) => row.n);
}

const range = (to: number): number[] => Array.from({ length: to }, (_, index) => index + 1);

async function withBuses(consumers: readonly Consumer[][], work: () => Promise<void>): Promise<void> {
  const buses: BusPort[] = consumers.map((own) =>
    createPostgresBus({
      db: database.db,
      url: database.url,
      consumers: own,
      clock,
      random: systemRandom,
      log,
      pollEveryMs: 100,
    }),
  );
  try {
    await Promise.all(buses.map((bus) => bus.run()));
    await work();
  } finally {
    await Promise.all(buses.map((bus) => bus.stop()));
  }
}

test("each group gets every event once and in the lot's order, however many processes share it", async () => {
  const lots = [newId(), newId(), newId()];
  const process = () => [recorder("first"), recorder("second")];
  await withBuses([process(), process(), process()], async () => {
    await Promise.all(lots.flatMap((lot) => range(20).map((i) => publish(lot, [i]))));
    await vi.waitFor(async () => {
      for (const lot of lots)
        for (const group of ["first", "second"]) expect(await seenBy(group, lot)).toHaveLength(20);
    }, 10_000);
  });
  for (const lot of lots) {
    const { rows } = await database.db.execute<{ n: string }>(
      sql`SELECT payload ->> 'reason' AS n FROM event_outbox WHERE lot_id = ${lot} ORDER BY position`,
    );
    const published = rows.map((row) => Number(row.n));
    expect(await seenBy("first", lot)).toEqual(published);
    expect(await seenBy("second", lot)).toEqual(published);
  }
});

test("an event whose transaction was not committed is delivered again, with one effect", async () => {
  const lot = newId();
  await publish(lot, range(5));
  // The consumer dies after its third event: its connection is cut in the middle of the transaction.
  const dying = recorder("group", async (n) => {
    if (n !== 3) return;
    await database.pool.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'seen_order'::regclass");
  });
  await expect(consumeLot({ db: database.db, consumer: dying, lotId: lot, now: () => wallMs(0) })).rejects.toThrow();
  expect(await seenBy("group", lot)).toEqual([]);
  await consumeLot({ db: database.db, consumer: recorder("group"), lotId: lot, now: () => wallMs(0) });
  expect(await seenBy("group", lot)).toEqual(range(5));
});

test("a late commit is never stepped over", async () => {
  const lot = newId();
  const options = { db: database.db, consumer: recorder("group"), lotId: lot, now: () => wallMs(0) };
  await publish(lot, [1]);
  let second: Promise<unknown> = Promise.resolve();
  await database.db.transaction(async (slow) => {
    await publishEvents(slow, { lotId: lot, events: [event(lot, 2)], at: wallMs(0) });
    second = publish(lot, [3]);
    await consumeLot(options);
    expect(await seenBy("group", lot)).toEqual([1]);
  });
  await second;
  await consumeLot(options);
  expect(await seenBy("group", lot)).toEqual([1, 2, 3]);
});

test("events that fail are undone alone, tried again, and given up on with an alarm; the others go on", async () => {
  const lot = newId();
  const attempts: number[] = [];
  const poisoned = recorder("group", async (n) => {
    if (n !== 2) return;
    attempts.push(n);
    throw new Error("poison");
  });
  const bus = createPostgresBus({
    db: database.db,
    url: database.url,
    consumers: [poisoned],
    clock,
    random: systemRandom,
    log,
    pollEveryMs: 50,
  });
  await bus.run();
  await publish(lot, range(4));
  await vi.waitFor(async () => {
    expect(await seenBy("group", lot)).toEqual([1]);
  });
  await database.db.execute(
    sql`UPDATE bus_consumers SET attempts = ${MAX_ATTEMPTS - 1}, retry_at = NULL WHERE attempts > 0`,
  );
  await vi.waitFor(async () => expect(await seenBy("group", lot)).toEqual([1, 3, 4]), 5_000);
  await bus.stop();
  expect(attempts.length).toBeGreaterThanOrEqual(2);
  expect(bus.deadLettered).toBe(1);
  const { rows } = await database.db.execute(
    sql`SELECT consumer, error, payload ->> 'reason' AS n FROM bus_dead_letters`,
  );
  expect(rows).toEqual([{ consumer: "group", error: "poison", n: "2" }]);
});

test("a consumer gives way to a transaction that holds its rows, without counting it as a failure", async () => {
  const lot = newId();
  await publish(lot, [1]);
  await database.db.execute(sql`CREATE TABLE IF NOT EXISTS held (id int PRIMARY KEY); `);
  await database.db.execute(sql`INSERT INTO held VALUES (1) ON CONFLICT DO NOTHING`);
  const consumer: Consumer = {
    name: "group",
    handlers: {
      "parking.entries.voided": async ({ tx }) => {
        await tx.execute(sql`SELECT FROM held WHERE id = 1 FOR UPDATE`);
      },
    },
  };
  const options = { db: database.db, consumer, lotId: lot, now: () => wallMs(0) };
  await database.db.transaction(async (other) => {
    await other.execute(sql`SELECT FROM held WHERE id = 1 FOR UPDATE`);
    expect(await consumeLot(options)).toEqual({ kind: "contended" });
  });
  expect(await consumeLot(options)).toEqual({ kind: "idle" });
  const { rows } = await database.db.execute(sql`SELECT attempts, position::int AS position FROM bus_consumers`);
  expect(rows).toEqual([{ attempts: 0, position: 1 }]);
});

test("a consumer steps over what it published itself, and never over what others published meanwhile", async () => {
  const lot = newId();
  const answering: Consumer = {
    name: "answering",
    handlers: {
      "parking.entries.voided": async ({ publish: answer }, { lotId }) => {
        const payload = {
          timestamp: "2026-01-01T00:00:00Z",
          spot_id: lotId,
          new_status: "available",
          old_status: "occupied",
          parking_lot_id: lotId,
        };
        answer({
          topic: "spot.status.changes",
          payload: payload as Extract<BusEvent, { topic: "spot.status.changes" }>["payload"],
        });
        if (isCrowded) await publish(lot, [9]);
      },
    },
  };
  const position = async () => {
    const { rows } = await database.db.execute<{ position: string }>(
      sql`SELECT position FROM bus_consumers WHERE consumer = 'answering'`,
    );
    return Number(rows[0]?.position);
  };
  let isCrowded = false;
  const options = { db: database.db, consumer: answering, lotId: lot, now: () => wallMs(0) };
  await publish(lot, [1]);
  await consumeLot(options);
  expect(await position()).toBe(2);
  await publish(lot, [2]);
  isCrowded = true;
  await consumeLot(options);
  expect(await position()).toBe(3);
});

test("an event that breaks its topic's contract is not published, and neither is the change it tells of", async () => {
  const lot = newId();
  const broken = {
    ...event(lot, 1),
    payload: { timestamp: "yesterday", parking_lot_id: lot, session_id: "x", reason: "1" },
  };
  const attempt = database.db.transaction(async (tx) => {
    await tx.execute(sql`INSERT INTO seen VALUES ('change', ${lot}, 1)`);
    await publishEvents(tx, { lotId: lot, events: [broken as BusEvent], at: wallMs(0) });
  });
  await expect(attempt).rejects.toThrow();
  const { rows } = await database.db.execute(sql`SELECT FROM seen`);
  expect(rows).toEqual([]);
});
