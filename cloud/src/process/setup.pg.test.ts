import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleOperator } from "../db/testing/sample-data.ts";
import { openTestDatabase, type TestDatabase } from "../db/testing/test-database.ts";
import { setUpOperator } from "./setup.ts";

const clock = systemClock();
const newId = uuidv7Source(clock, systemRandom);
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function counts() {
  const { rows } = await database.db.execute(sql`
    SELECT (SELECT count(*) FROM operators)::int AS operators, (SELECT count(*) FROM parking_lots)::int AS lots,
      (SELECT count(*) FROM parking_spots)::int AS spots, (SELECT count(*) FROM lanes)::int AS lanes,
      (SELECT count(*) FROM tariffs)::int AS tariffs, (SELECT count(*) FROM api_tokens)::int AS tokens,
      (SELECT count(*) FROM replica_items)::int AS replica_items`);
  return rows[0];
}

test("set-up makes an operator once, however often it is applied", async () => {
  const { data } = sampleOperator({
    seed: 1,
    spots: [
      { type: "standard", count: 3 },
      { type: "ev", count: 2 },
    ],
  });
  const first = await setUpOperator({ db: database.db, clock, newId, data });
  expect(first).toEqual({ lotsCreated: 1, tokensCreated: 4 });
  const made = await counts();
  expect(made).toEqual({ operators: 1, lots: 1, spots: 5, lanes: 2, tariffs: 1, tokens: 4, replica_items: 2 });
  expect(await setUpOperator({ db: database.db, clock, newId, data })).toEqual({ lotsCreated: 0, tokensCreated: 0 });
  expect(await counts()).toEqual(made);
});

test("data that breaks the contract is refused with its place, and nothing of that lot is written", async () => {
  const { data } = sampleOperator({ seed: 2 });
  const broken = { ...data, lots: data.lots.map((lot) => ({ ...lot, currency: "euro" })) };
  await expect(setUpOperator({ db: database.db, clock, newId, data: broken })).rejects.toMatchObject({
    code: "setup_data_invalid",
    message: expect.stringContaining("lots.0.currency"),
  });
  const before = await counts();
  const stranger = { ...data, lots: data.lots.map((lot) => ({ ...lot, lanes: lot.lanes.slice(1) })) };
  await expect(setUpOperator({ db: database.db, clock, newId, data: stranger })).rejects.toMatchObject({
    code: "invalid",
  });
  expect(await counts()).toEqual({ ...before, operators: 2 });
});

test("no secret of a token is in the database", async () => {
  const { data, tokens } = sampleOperator({ seed: 3 });
  await setUpOperator({ db: database.db, clock, newId, data });
  const { rows } = await database.db.execute(sql`SELECT string_agg(t::text, '') AS dump FROM api_tokens t`);
  const secret = tokens.admin.split(".")[1] ?? "none";
  expect(String(rows[0]?.dump)).not.toContain(secret);
});

test("a lot's validations reach its gates, once however often the data is applied", async () => {
  const { data, lotId } = sampleOperator({ seed: 4 });
  const validation = {
    validation_id: "cafe",
    provider: "Café",
    code: "CAFE",
    session_id: null,
    grant: { kind: "percent", percent_permille: 500 },
    uses: "reusable",
    valid_from: "2026-01-01T00:00:00Z",
    valid_until: null,
  } as const;
  const given = { ...data, lots: data.lots.map((lot) => ({ ...lot, validations: [validation] })) };
  for (let time = 0; time < 2; time++) await setUpOperator({ db: database.db, clock, newId, data: given });
  const { rows } = await database.db.execute<{ value: string }>(sql`
    SELECT value FROM replica_items WHERE lot_id = ${lotId} AND collection = 'validations'`);
  expect(rows.map(({ value }) => JSON.parse(value))).toEqual([validation]);
});
