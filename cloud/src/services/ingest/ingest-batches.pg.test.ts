import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import type { Batch } from "@gatehouse/shared/sync/batch.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SampleOperator } from "../../db/testing/sample-data.ts";
import { EventScript } from "../../hub/testing/event-script.ts";
import { type HubRig, startHubRig } from "../../hub/testing/hub-rig.ts";
import type { TestIdentity } from "../../hub/testing/test-edge.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { ingestBatches as ingestRead } from "./ingest-batches.ts";
import { readBatch } from "./read-events.ts";

let rig: HubRig;
let context: IngestContext;
let seed = 100;

beforeAll(async () => {
  rig = await startHubRig();
  context = { pool: rig.database.pool, clock: rig.context.clock, newId: rig.context.newId };
});
afterAll(() => rig.close());

const ingestBatches = (of: IngestContext, owner: StreamOwner, batches: readonly Batch[]) =>
  ingestRead(of, owner, batches.map(readBatch));

interface Lot {
  readonly sample: SampleOperator;
  readonly identity: TestIdentity;
  readonly owner: StreamOwner;
  readonly script: EventScript;
}

async function newLot(options: { scriptSeed?: number } = {}): Promise<Lot> {
  const sample = await rig.addOperator(seed++);
  const identity = await rig.enrol(sample);
  const { operatorId, lotId, entryLane, exitLane } = sample;
  const { deviceId } = identity;
  const script = new EventScript({ deviceId, epoch: 1, entryLane, exitLane, seed: options.scriptSeed ?? 7 });
  return { sample, identity, owner: { operatorId, lotId, deviceId }, script };
}

/** Some stays of all kinds; three events each way, so that runs cut them anywhere. */
function writeDay(script: EventScript): void {
  const first = script.enter("AB123");
  const second = script.enter("CD456");
  script.backOut(second);
  script.enter("CD456");
  script.pay(first, 400);
  script.leave(first, "AB123", 400);
  const third = script.enter("AB123");
  script.enter("EF789");
  script.enter("EF789");
  script.pay(third, 200);
  script.pay(third, 100);
  const lostItsTicket = script.id();
  script.pay(lostItsTicket, 2_400);
  script.leave(lostItsTicket, "GH101", 2_400);
  script.pay(script.id(), 2_400);
  script.add({ type: "lane.changed", lane_id: script.id(), mode: "fault", detail: "loop" });
  script.add({ type: "alarm.raised", code: "open_too_long", lane_id: null, detail: "130 s" });
}

async function rows(sql: string, lotId: string): Promise<Record<string, unknown>[]> {
  return (await rig.database.pool.query(sql, [lotId])).rows;
}

/** Everything that events lead to, without the times at which the cloud wrote it and without ids of its own. */
async function outcomeOf({ owner: { lotId, deviceId } }: Lot) {
  const own =
    "'created_at', 'updated_at', 'received_at', 'parking_lot_id', 'lot_id', 'version', 'entry_lane_id', 'exit_lane_id', 'lane_id'";
  const json = (table: string, where: string, order: string) =>
    `SELECT to_jsonb(t) - ARRAY[${own}] AS row FROM ${table} t WHERE ${where} = $1 ORDER BY ${order}`;
  return {
    sessions: await rows(json("parking_sessions", "parking_lot_id", "id"), lotId),
    movements: await rows(json("movements", "lot_id", "id"), lotId),
    payments: await rows(json("payments", "parking_lot_id", "id"), lotId),
    events: await rows("SELECT n, type, line, hash FROM edge_events WHERE device_id = $1 ORDER BY n", deviceId),
    bus: await rows(
      `SELECT topic, payload - ARRAY['parking_lot_id', 'entry_point_id', 'exit_point_id'] AS payload
       FROM event_outbox WHERE lot_id = $1 AND topic NOT LIKE 'spot%' ORDER BY position`,
      lotId,
    ),
    alarms: await rows("SELECT code, detail FROM alarms WHERE lot_id = $1 ORDER BY code, detail", lotId),
    cursor: await rows("SELECT epoch, cursor, hash FROM device_streams WHERE device_id = $1", deviceId),
  };
}

test("Verifies: SYNC-03 events become sessions, movements, payments and bus events together with the cursor", async () => {
  const lot = await newLot();
  const { script, owner } = lot;
  writeDay(script);
  const answer = await ingestBatches(context, owner, [script.batch(1, script.lastN)]);
  expect(answer).toMatchObject({
    status: "ok",
    applied: script.lastN,
    position: { cursor: script.lastN, hash: script.lastHash },
  });
  const outcome = await outcomeOf(lot);
  const summary = await rows(
    `SELECT license_plate, status, close_reason, fee_minor::int, paid_minor::int FROM parking_sessions
     WHERE parking_lot_id = $1 ORDER BY entry_time`,
    owner.lotId,
  );
  expect(summary).toEqual([
    { license_plate: "AB123", status: "closed", close_reason: "exit", fee_minor: 400, paid_minor: 400 },
    { license_plate: "CD456", status: "voided", close_reason: "backed_out", fee_minor: null, paid_minor: 0 },
    { license_plate: "CD456", status: "open", close_reason: null, fee_minor: null, paid_minor: 0 },
    { license_plate: "AB123", status: "paid", close_reason: null, fee_minor: null, paid_minor: 300 },
    { license_plate: "EF789", status: "closed", close_reason: "superseded", fee_minor: null, paid_minor: 0 },
    { license_plate: "EF789", status: "open", close_reason: null, fee_minor: null, paid_minor: 0 },
    { license_plate: "GH101", status: "closed", close_reason: "exit", fee_minor: 2_400, paid_minor: 2_400 },
    { license_plate: null, status: "paid", close_reason: null, fee_minor: null, paid_minor: 2_400 },
  ]);
  expect(outcome.events).toHaveLength(script.lastN);
  expect(outcome.movements).toHaveLength(8);
  expect(outcome.bus.map((row) => row.topic)).toEqual([
    "parking.entries",
    "parking.entries",
    "parking.entries.voided",
    "parking.entries",
    "payments.processed",
    "parking.exits",
    "parking.entries",
    "parking.entries",
    "parking.exits",
    "parking.entries",
    "payments.processed",
    "payments.processed",
    "payments.processed",
    "parking.exits",
    "payments.processed",
  ]);
  const exit = outcome.bus[5]?.payload;
  expect(exit).toMatchObject({ license_plate: "AB123", fee: 4, currency: "EUR", duration_seconds: 12 });
});

test("Verifies: SYNC-03 any cuts, repeats and overlaps of a stream lead to what it leads to once in order", async () => {
  const whole = await newLot({ scriptSeed: 11 });
  writeDay(whole.script);
  await ingestBatches(context, whole.owner, [whole.script.batch(1, whole.script.lastN)]);
  const expected = await outcomeOf(whole);
  for (const runSeed of [1, 2, 3, 4]) {
    const lot = await newLot({ scriptSeed: 11 });
    writeDay(lot.script);
    const random = seededRandom(runSeed);
    let cursor = 0;
    while (cursor < lot.script.lastN) {
      const first = Math.max(1, cursor + 1 - Math.floor(random.next() * 6));
      const last = Math.min(lot.script.lastN, first + Math.floor(random.next() * 5));
      cursor = (await ingestBatches(context, lot.owner, [lot.script.batch(first, last)])).position.cursor;
    }
    const outcome = await outcomeOf(lot);
    const { events: gotEvents, ...got } = outcome;
    const { events: wantedEvents, ...wanted } = expected;
    expect(got, `replay with seed ${runSeed}`).toEqual({ ...wanted, cursor: got.cursor });
    expect(gotEvents).toHaveLength(wantedEvents.length);
    expect(got.cursor).toEqual([{ epoch: 1, cursor: String(lot.script.lastN), hash: lot.script.lastHash }]);
  }
});

test("Verifies: SYNC-03 the same events again, even by several processes at once, change nothing", async () => {
  const lot = await newLot();
  writeDay(lot.script);
  const batch = lot.script.batch(1, lot.script.lastN);
  const answers = await Promise.all(Array.from({ length: 6 }, () => ingestBatches(context, lot.owner, [batch])));
  expect(answers.map((answer) => answer.applied).sort((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, lot.script.lastN]);
  const before = await outcomeOf(lot);
  const again = await ingestBatches(context, lot.owner, [batch, lot.script.batch(2, 5), lot.script.batch(1, 1)]);
  expect(again).toMatchObject({ status: "ok", applied: 0, position: { cursor: lot.script.lastN } });
  expect(await outcomeOf(lot)).toEqual(before);
});

test("Verifies: SYNC-04 a gap applies nothing and names the number that is missing", async () => {
  const lot = await newLot();
  writeDay(lot.script);
  await ingestBatches(context, lot.owner, [lot.script.batch(1, 3)]);
  const before = await outcomeOf(lot);
  const answer = await ingestBatches(context, lot.owner, [lot.script.batch(6, 9)]);
  expect(answer).toMatchObject({ status: "gap", applied: 0, position: { cursor: 3 } });
  expect(answer.message).toContain("4");
  expect(await outcomeOf(lot)).toEqual(before);
});

test("Verifies: SYNC-04 another content under a number known already stops that device's stream, with alarm and audit", async () => {
  const lot = await newLot();
  writeDay(lot.script);
  await ingestBatches(context, lot.owner, [lot.script.batch(1, 9)]);
  const clone = new EventScript({ ...lot.sample, deviceId: lot.owner.deviceId, epoch: 1, seed: 99 });
  writeDay(clone);
  const [below, across] = [clone.batch(2, 5), clone.batch(5, 12)];
  expect(await ingestBatches(context, lot.owner, [below])).toMatchObject({ status: "fork", applied: 0 });
  expect(await ingestBatches(context, lot.owner, [across])).toMatchObject({ status: "fork" });
  const honest = await ingestBatches(context, lot.owner, [lot.script.batch(10, 12)]);
  expect(honest).toMatchObject({ status: "fork", applied: 0, position: { cursor: 9 } });
  expect((await outcomeOf(lot)).alarms).toContainEqual({
    code: "stream_forked",
    detail: expect.stringContaining("number 5"),
  });
  const audit = await rows(
    "SELECT action FROM audit_log WHERE lot_id = $1 AND action LIKE 'device.stream%'",
    lot.owner.lotId,
  );
  expect(audit).toEqual([{ action: "device.stream_stopped" }]);
});

test("Verifies: SYNC-15: one event that can't be applied is kept raw with an alarm, and all others go on", async () => {
  const lot = await newLot();
  const { script, owner } = lot;
  const known = script.enter("AA111");
  const payment = script.pay(known, 100);
  const notJson = script.addLine("{ this is no JSON");
  const unknownType = script.addLine(
    JSON.stringify({
      n: script.lastN + 1,
      at: 1,
      mono: 1,
      boot: script.id(),
      quality: "synced",
      body: { type: "new.kind" },
    }),
  );
  const doubled = script.lastN + 1;
  script.pay(known, 100, payment);
  const nul = script.add({ type: "alarm.raised", code: "nul", lane_id: null, detail: "a \u0000 in text" });
  const wrongNumber = script.addLine(JSON.stringify({ ...JSON.parse(script.lines[0] ?? ""), n: 1 }));
  const session = script.enter("BB222");
  script.leave(session, "BB222", 0);
  const answer = await ingestBatches(context, owner, [script.batch(1, script.lastN)]);
  expect(answer).toMatchObject({ status: "ok", position: { cursor: script.lastN, hash: script.lastHash } });
  const letters = await rows(
    "SELECT n::int, code, raw FROM dead_letters WHERE device_id = $1 ORDER BY n",
    owner.deviceId,
  );
  expect(letters.map(({ n, code }) => [n, code])).toEqual([
    [notJson, "not_json"],
    [unknownType, "contract_broken"],
    [doubled, "not_applicable"],
    [nul, "not_applicable"],
    [wrongNumber, "wrong_number"],
  ]);
  expect(String(letters[0]?.raw)).toBe("{ this is no JSON");
  const outcome = await outcomeOf(lot);
  expect(outcome.events).toHaveLength(script.lastN - 5);
  expect(outcome.sessions).toHaveLength(2);
  expect(outcome.alarms).toContainEqual({ code: "event_dead_lettered", detail: expect.stringContaining("5 event(s)") });
  const repeat = await ingestBatches(context, owner, [script.batch(notJson, notJson)]);
  expect(repeat).toMatchObject({ status: "ok", applied: 0 });
});

test("Verifies: SYNC-19 a device can't write into another's stream, whatever its batch says", async () => {
  const [mine, theirs] = [await newLot(), await newLot()];
  writeDay(theirs.script);
  const mixed = { ...mine.owner, deviceId: theirs.owner.deviceId };
  await expect(ingestBatches(context, mixed, [theirs.script.batch(1, 3)])).rejects.toMatchObject({
    code: "device_unknown",
  });
});

test("a fee for an account is a pending payment, and a used validation is known by its stay", async () => {
  const { script, owner } = await newLot();
  const session_id = script.enter("AB123");
  const movement_id = script.id();
  const lane_id = script.id();
  const account_id = script.id();
  script.add({ type: "validation.used", validation_id: "cafe-1", session_id, lane_id, movement_id });
  script.leave(session_id, "AB123", 400);
  const charge = { session_id, account_id, lane_id, movement_id, amount_minor: 400, currency: "EUR" };
  script.add({ type: "payment.automatic", payment_id: script.id(), ...charge });
  const answer = await ingestBatches(context, owner, [script.batch(1, script.lastN)]);
  expect(answer).toMatchObject({ status: "ok", applied: script.lastN });
  expect(
    await rows(
      `SELECT payment_method, status, amount_minor::int, reference, paid_until FROM payments WHERE parking_lot_id = $1`,
      owner.lotId,
    ),
  ).toEqual([
    { payment_method: "account", status: "pending", amount_minor: 400, reference: account_id, paid_until: null },
  ]);
  expect(
    await rows("SELECT validation_id, session_id FROM validation_uses WHERE parking_lot_id = $1", owner.lotId),
  ).toEqual([{ validation_id: "cafe-1", session_id }]);
});
