import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleOperator } from "../../db/testing/sample-data.ts";
import { openTestDatabase, type TestDatabase } from "../../db/testing/test-database.ts";
import { setUpSample } from "../../db/testing/verb-context.ts";
import { authenticateToken } from "./authenticate.ts";

const sample = sampleOperator({ seed: 401 });
const clock = new ManualClock({ wall: wallMs(Date.parse("2026-06-01T00:00:00Z")) });
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await setUpSample(database, sample);
});
afterAll(() => database.close());

const check = (token: string) => authenticateToken({ db: database.db, clock }, token);

test("a good token names its bearer, role and operator", async () => {
  expect(await check(sample.tokens.attendant)).toMatchObject({
    kind: "token",
    name: "attendant",
    role: "gate_attendant",
    operatorId: sample.operatorId,
    lotIds: null,
  });
});

test("wrong secrets, other forms, expired and revoked tokens are all nothing", async () => {
  const [admin = "", secret = ""] = sample.tokens.admin.split(".");
  const [lpr = "", lprSecret = ""] = sample.tokens.lpr.split(".");
  for (const token of [
    `${admin}.${lprSecret}`,
    `${lpr}.${secret}`,
    admin,
    `${admin}.`,
    "",
    `${sample.tokens.admin} `,
    sample.tokens.admin.toUpperCase(),
  ])
    expect(await check(token)).toBeNull();
  expect(await check(`${lpr}.${lprSecret}`)).not.toBeNull();
  await database.db.execute(sql`UPDATE api_tokens SET expires_at = '2026-06-01T00:00:01Z' WHERE name = 'camera'`);
  expect(await check(`${lpr}.${lprSecret}`)).not.toBeNull();
  clock.advance(1_000);
  expect(await check(`${lpr}.${lprSecret}`)).toBeNull();
  await database.db.execute(sql`UPDATE api_tokens SET revoked_at = '2026-06-01T00:00:00Z' WHERE name = 'viewer'`);
  expect(await check(sample.tokens.viewer)).toBeNull();
});
