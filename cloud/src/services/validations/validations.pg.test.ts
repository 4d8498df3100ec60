import type { Account } from "@gatehouse/shared/contracts/replica/account.ts";
import type { ReplicaValidation } from "@gatehouse/shared/contracts/replica/validation.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SampleOperator, sampleOperator } from "../../db/testing/sample-data.ts";
import { openTestDatabase, type TestDatabase } from "../../db/testing/test-database.ts";
import { setUpSample, testContext, tokenActor } from "../../db/testing/verb-context.ts";
import { endAccount } from "../accounts/end.ts";
import { putAccount } from "../accounts/put.ts";
import { giveTicketKey } from "../lots/give-ticket-key.ts";
import { createValidation } from "./create.ts";
import { revokeValidation } from "./revoke.ts";

const ACCOUNT_ID = "0198c0de-0000-7000-8000-0000000000c2";

let database: TestDatabase;
let seed = 900;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function newLot(): Promise<SampleOperator> {
  const sample = sampleOperator({ seed: seed++ });
  await setUpSample(database, sample);
  return sample;
}

const contextOf = (sample: SampleOperator, role: "operator_admin" | "viewer" = "operator_admin") =>
  testContext(database.db, tokenActor(sample, role));

const validation: ReplicaValidation = {
  validation_id: "cafe-1",
  provider: "Café",
  code: "CAFE-1",
  session_id: null,
  grant: { kind: "percent", percent_permille: 500 },
  uses: "once",
  valid_from: "2026-01-01T00:00:00Z",
  valid_until: null,
};

const account = (currency: string): Account => ({
  account_id: ACCOUNT_ID,
  plates: ["b-xy 1"],
  max_amount_minor: 5_000,
  currency,
  valid_until: null,
});

async function atGates(lotId: string, collection: string): Promise<unknown[]> {
  const { rows } = await database.db.execute<{ value: string }>(sql`
    SELECT value FROM replica_items WHERE lot_id = ${lotId} AND collection = ${collection}`);
  return rows.map((row) => JSON.parse(row.value) as unknown);
}

test("a validation reaches the gates, is taken back, and its id never counts again", async () => {
  const sample = await newLot();
  const { lotId } = sample;
  const context = contextOf(sample);
  await createValidation(context, { lotId, validation });
  expect(await atGates(lotId, "validations")).toEqual([validation]);
  await revokeValidation(context, { lotId, validationId: "cafe-1" });
  expect(await atGates(lotId, "validations")).toEqual([]);
  await expect(createValidation(context, { lotId, validation })).rejects.toMatchObject({ code: "conflict" });
  await expect(revokeValidation(context, { lotId, validationId: "cafe-1" })).rejects.toMatchObject({
    code: "not_found",
  });
});

test("an account reaches the gates with its plates as they are compared, and ends", async () => {
  const sample = await newLot();
  const { lotId } = sample;
  const context = contextOf(sample);
  await putAccount(context, { lotId, account: account("EUR") });
  expect(await atGates(lotId, "accounts")).toEqual([{ ...account("EUR"), plates: ["BXY1"] }]);
  await expect(putAccount(context, { lotId, account: account("CHF") })).rejects.toMatchObject({ code: "invalid" });
  await endAccount(context, { lotId, accountId: ACCOUNT_ID });
  expect(await atGates(lotId, "accounts")).toEqual([]);
  await expect(endAccount(context, { lotId, accountId: ACCOUNT_ID })).rejects.toMatchObject({ code: "not_found" });
});

test("who may only look gives nothing, and nobody gives to another operator's lot", async () => {
  const [sample, other] = [await newLot(), await newLot()];
  const { lotId } = sample;
  const looking = contextOf(sample, "viewer");
  await expect(createValidation(looking, { lotId, validation })).rejects.toMatchObject({ code: "forbidden" });
  await expect(putAccount(looking, { lotId, account: account("EUR") })).rejects.toMatchObject({ code: "forbidden" });
  const stranger = contextOf(other);
  await expect(createValidation(stranger, { lotId, validation })).rejects.toMatchObject({ code: "not_found" });
  await expect(putAccount(stranger, { lotId, account: account("EUR") })).rejects.toMatchObject({ code: "not_found" });
  expect(await atGates(lotId, "validations")).toEqual([]);
});

test("a lot is given one key for its tickets, and keeps it", async () => {
  const { lotId } = await newLot();
  const { clock, newId, db } = testContext(database.db);
  for (let time = 0; time < 2; time++) {
    await db.transaction((tx) => giveTicketKey(tx, lotId, { random: systemRandom, newId, now: clock.wall() }));
  }
  const keys = await atGates(lotId, "ticket_keys");
  expect(keys).toEqual([expect.objectContaining({ secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) })]);
});
