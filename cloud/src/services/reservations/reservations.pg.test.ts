import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SampleOperator, sampleOperator } from "../../db/testing/sample-data.ts";
import { openTestDatabase, type TestDatabase } from "../../db/testing/test-database.ts";
import { setUpSample, testContext, tokenActor } from "../../db/testing/verb-context.ts";
import { cancelReservation } from "./cancel.ts";
import { type CreateReservation, createReservation } from "./create.ts";

let database: TestDatabase;
let seed = 100;

beforeAll(async () => {
  database = await openTestDatabase({ maxConnections: 40 });
});
afterAll(() => database.close());

async function lotWith(count: number): Promise<SampleOperator> {
  const sample = sampleOperator({ seed: seed++, spots: [{ type: "standard", count }] });
  await setUpSample(database, sample);
  return sample;
}

const at = (hour: number): Date => new Date(Date.UTC(2099, 0, 1, hour));

function reserve(sample: SampleOperator, change: Partial<CreateReservation> = {}) {
  const context = testContext(database.db, tokenActor(sample, "operator_admin"));
  return createReservation(context, {
    lotId: sample.lotId,
    spotId: null,
    spotType: "standard",
    licensePlate: "B-XY 1",
    startTime: at(10),
    endTime: at(12),
    ...change,
  });
}

test("100 reservations of the last spot at the same moment: one gets it, 99 are told that nothing is free", async () => {
  const sample = await lotWith(1);
  const tries = await Promise.allSettled(Array.from({ length: 100 }, () => reserve(sample)));
  const made = tries.filter((one) => one.status === "fulfilled");
  const codes = tries.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
  expect(made).toHaveLength(1);
  expect(codes).toEqual(Array.from({ length: 99 }, () => "conflict"));
  const { rows } = await database.db.execute(sql`
    SELECT (SELECT count(*)::int FROM reservations WHERE parking_lot_id = ${sample.lotId}) AS reservations,
      (SELECT count(*)::int FROM event_outbox WHERE lot_id = ${sample.lotId}) AS events,
      (SELECT count(*)::int FROM replica_items WHERE lot_id = ${sample.lotId} AND collection = 'reservations') AS at_gates`);
  expect(rows).toEqual([{ reservations: 1, events: 1, at_gates: 1 }]);
}, 60_000);

test("as many as there are spots are made, on different spots", async () => {
  const sample = await lotWith(8);
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => reserve(sample)));
  const spots = tries.flatMap((one) => (one.status === "fulfilled" ? [one.value.parking_spot_id] : []));
  expect(new Set(spots).size).toBe(8);
  expect(spots).toHaveLength(8);
}, 60_000);

test("a window may begin when another ends; a cancelled one makes room; cancelling twice is the same", async () => {
  const sample = await lotWith(1);
  const first = await reserve(sample);
  await reserve(sample, { startTime: at(12), endTime: at(14) });
  await expect(reserve(sample, { startTime: at(11), endTime: at(13) })).rejects.toMatchObject({ code: "conflict" });
  const context = testContext(database.db, tokenActor(sample, "operator_admin"));
  await cancelReservation(context, { id: first.id, reason: "test" });
  await cancelReservation(context, { id: first.id, reason: "test" });
  await reserve(sample, { startTime: at(9), endTime: at(12) });
  const { rows } = await database.db.execute(sql`
    SELECT count(*)::int AS cancelled FROM event_outbox WHERE lot_id = ${sample.lotId} AND topic = 'reservations.cancelled'`);
  expect(rows).toEqual([{ cancelled: 1 }]);
});

test("impossible windows, texts that are no plate and foreign lots are refused", async () => {
  const sample = await lotWith(1);
  const other = await lotWith(1);
  await expect(reserve(sample, { startTime: at(12), endTime: at(12) })).rejects.toMatchObject({ code: "invalid" });
  await expect(reserve(sample, { startTime: new Date(0), endTime: new Date(1) })).rejects.toMatchObject({
    code: "invalid",
  });
  await expect(reserve(sample, { licensePlate: "???" })).rejects.toMatchObject({ code: "invalid" });
  await expect(reserve(sample, { lotId: other.lotId })).rejects.toMatchObject({ code: "not_found" });
  await expect(reserve(sample, { spotId: other.data.lots[0]?.spots[0]?.id ?? null })).rejects.toMatchObject({
    code: "conflict",
  });
});
