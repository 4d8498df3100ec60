import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SampleOperator, sampleOperator } from "../../db/testing/sample-data.ts";
import { openTestDatabase, type TestDatabase } from "../../db/testing/test-database.ts";
import { setUpSample, testContext, tokenActor } from "../../db/testing/verb-context.ts";
import { allocateSpot } from "./allocate.ts";
import { releaseSpot } from "./release.ts";
import { setSpotStatus } from "./set-status.ts";

const newId = uuidv7Source(systemClock(), systemRandom);
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase({ maxConnections: 40 });
});
afterAll(() => database.close());

async function lotWith(
  seed: number,
  spots: NonNullable<Parameters<typeof sampleOperator>[0]["spots"]>,
): Promise<SampleOperator> {
  const sample = sampleOperator({ seed, spots });
  await setUpSample(database, sample);
  return sample;
}

const take = (lotId: string, spotType: "standard" | "disabled" | "ev", sessionId = newId()) =>
  database.db.transaction((tx) => allocateSpot(tx, { lotId, sessionId, spotType, at: new Date() }));

async function numberOf(spotId: string | undefined): Promise<string | undefined> {
  const { rows } = await database.db.execute<{ spot_number: string }>(
    sql`SELECT spot_number FROM parking_spots WHERE id = ${spotId ?? null}`,
  );
  return rows[0]?.spot_number;
}

test("60 sessions at the same moment for 40 spots: 40 different spots, 20 none", async () => {
  const { lotId } = await lotWith(11, [{ type: "standard", count: 40 }]);
  const changes = await Promise.all(Array.from({ length: 60 }, () => take(lotId, "standard")));
  // Rows that another transaction held were skipped; asking again finds any that are left.
  const more = await Promise.all(Array.from({ length: 60 }, () => take(lotId, "standard")));
  const given = [...changes, ...more].flatMap((change) => change?.spotId ?? []);
  expect(new Set(given).size).toBe(given.length);
  expect(given).toHaveLength(40);
});

test("a session gets its own type first, by number, then another; nobody else takes a disabled driver's spot", async () => {
  const { lotId } = await lotWith(12, [
    { type: "standard", count: 2 },
    { type: "ev", count: 1 },
    { type: "disabled", count: 1 },
  ]);
  const given: (string | undefined)[] = [];
  for (const type of ["ev", "ev", "standard", "standard", "disabled", "disabled"] as const)
    given.push(await numberOf((await take(lotId, type))?.spotId));
  expect(given).toEqual(["E001", "S001", "S002", undefined, "D001", undefined]);
});

test("a session holds one spot at most, and a released spot is free again", async () => {
  const { lotId } = await lotWith(13, [{ type: "standard", count: 2 }]);
  const sessionId = newId();
  const first = await take(lotId, "standard", sessionId);
  expect(await take(lotId, "standard", sessionId)).toBeNull();
  const release = () => database.db.transaction((tx) => releaseSpot(tx, { lotId, sessionId, at: new Date() }));
  expect(await release()).toEqual({ lotId, spotId: first?.spotId, oldStatus: "occupied", newStatus: "available" });
  expect(await release()).toBeNull();
});

test("a spot that was taken out of service under a session stays so when the session ends", async () => {
  const sample = await lotWith(14, [{ type: "standard", count: 1 }]);
  const sessionId = newId();
  const taken = await take(sample.lotId, "standard", sessionId);
  const admin = testContext(database.db, tokenActor(sample, "operator_admin"));
  const change = { spotId: taken?.spotId ?? "", status: "out_of_service", ifVersion: null, lotId: null } as const;
  const spot = await setSpotStatus(admin, change);
  expect(spot.status).toBe("out_of_service");
  expect(
    await database.db.transaction((tx) => releaseSpot(tx, { lotId: sample.lotId, sessionId, at: new Date() })),
  ).toBeNull();
  const { rows } = await database.db.execute(sql`SELECT status, session_id FROM parking_spots WHERE id = ${spot.id}`);
  expect(rows).toEqual([{ status: "out_of_service", session_id: null }]);
});

test("another operator's spot looks like none; an old version is refused; the same status changes nothing", async () => {
  const mine = await lotWith(15, [{ type: "standard", count: 1 }]);
  const other = await lotWith(16, [{ type: "standard", count: 1 }]);
  const spotId = mine.data.lots[0]?.spots[0]?.id ?? "";
  const set = (
    sample: SampleOperator,
    ifVersion: number | null,
    role: "operator_admin" | "viewer" = "operator_admin",
  ) =>
    setSpotStatus(testContext(database.db, tokenActor(sample, role)), {
      spotId,
      status: "reserved",
      ifVersion,
      lotId: null,
    });
  await expect(set(other, null)).rejects.toMatchObject({ code: "not_found" });
  await expect(set(mine, null, "viewer")).rejects.toMatchObject({ code: "forbidden" });
  await expect(set(mine, 7)).rejects.toMatchObject({ code: "stale" });
  expect(await set(mine, 1)).toMatchObject({ status: "reserved", version: 2 });
  expect(await set(mine, 2)).toMatchObject({ status: "reserved", version: 2 });
  const { rows } = await database.db.execute(sql`
    SELECT (SELECT count(*)::int FROM event_outbox WHERE lot_id = ${mine.lotId}) AS events,
      (SELECT count(*)::int FROM audit_log WHERE action = 'spot.status_set' AND lot_id = ${mine.lotId}) AS audited`);
  expect(rows).toEqual([{ events: 1, audited: 1 }]);
});
