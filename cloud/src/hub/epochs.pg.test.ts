import { randomUUID } from "node:crypto";
import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { encodeBatch } from "@gatehouse/shared/sync/batch.ts";
import { chainHashes, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SampleOperator } from "../db/testing/sample-data.ts";
import { listDevices } from "../services/devices/list.ts";
import { releaseDevice } from "../services/devices/release.ts";
import { EventScript } from "./testing/event-script.ts";
import { type HubRig, startHubRig } from "./testing/hub-rig.ts";
import { TestEdge, type TestIdentity } from "./testing/test-edge.ts";

let rig: HubRig;
let seed = 600;
const edges: TestEdge[] = [];

beforeAll(async () => {
  rig = await startHubRig();
});
afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.end()));
});
afterAll(() => rig?.close());

interface Lot {
  readonly sample: SampleOperator;
  readonly identity: TestIdentity;
  readonly script: EventScript;
}

/** A lot whose edge has sent a paid stay and a vehicle that is inside, and is connected. */
async function sentLot(): Promise<Lot & { readonly edge: TestEdge; readonly boot: string }> {
  const sample = await rig.addOperator(seed++);
  const identity = await rig.enrol(sample);
  const script = new EventScript({ ...sample, deviceId: identity.deviceId, epoch: 1, seed });
  const stay = script.enter("AB123");
  script.pay(stay, 400);
  script.leave(stay, "AB123", 400);
  script.enter("AB123");
  const boot = randomUUID();
  const edge = await connect(identity);
  await edge.hello({ v: PROTOCOL_VERSION, boot });
  await edge.send("up/events", script.bytes(1, script.lastN));
  await edge.confirm(({ cursor }) => cursor === script.lastN);
  return { sample, identity, script, edge, boot };
}

async function connect(identity: TestIdentity): Promise<TestEdge> {
  const edge = await TestEdge.connect(identity);
  edges.push(edge);
  return edge;
}

const query = async (sql: string, values: unknown[]) => (await rig.database.pool.query(sql, values)).rows;
const alarmsOf = ({ lotId }: SampleOperator) =>
  query("SELECT code FROM alarms WHERE lot_id = $1 ORDER BY code", [lotId]);
const stateOf = async ({ operatorId }: SampleOperator) => (await listDevices(rig.context, { operatorId }))[0];
const moneyOf = ({ lotId }: SampleOperator) =>
  query("SELECT id, status, paid_minor, exit_time FROM parking_sessions WHERE parking_lot_id = $1 ORDER BY id", [
    lotId,
  ]);
const busOf = ({ lotId }: SampleOperator) =>
  query("SELECT count(*)::int AS n FROM event_outbox WHERE lot_id = $1", [lotId]);

const at = (script: EventScript, n: number, epoch = 1): Partial<Hello> => ({
  v: PROTOCOL_VERSION,
  epoch,
  last_n: n,
  last_hash: script.hashes[n] ?? ZERO_HASH,
});

interface Anew {
  readonly lines: readonly string[];
  readonly hashes: readonly string[];
  bytes(first: number, last: number): Uint8Array;
}

/** Lines as an edge numbers them anew in another epoch. */
function renumbered(deviceId: string, epoch: number, told: readonly string[]): Anew {
  const lines = told.map((line, i) => JSON.stringify({ ...JSON.parse(line), n: i + 1 }));
  const hashes = [ZERO_HASH, ...chainHashes(ZERO_HASH, lines)];
  const bytes = (first: number, last: number): Uint8Array => {
    const header = { v: PROTOCOL_VERSION, device_id: deviceId, epoch, first, count: last - first + 1 };
    return encodeBatch({ ...header, previous_hash: hashes[first - 1] ?? ZERO_HASH }, lines.slice(first - 1, last));
  };
  return { lines, hashes, bytes };
}

test("Verifies: SYNC-08, SYNC-17: a hello that is repeated or comes late sets no device apart; one that is new does", async () => {
  const { sample, edge, boot, script } = await sentLot();
  const where = () => ({ v: PROTOCOL_VERSION, boot, last_n: script.lastN, last_hash: script.lastHash });
  const first = { ...where(), sent_mono: 900_000 };
  await edge.hello(first);
  script.enter("CD456");
  await edge.send("up/events", script.bytes(first.last_n + 1, script.lastN));
  await edge.confirm(({ cursor }) => cursor === script.lastN);
  // Behind what has come since, as it was when it was said.
  expect(await edge.hello(first)).toMatchObject({ status: "ok", cursor: script.lastN, hash: script.lastHash });
  await edge.hello({ ...where(), sent_mono: 900_100 });
  await edge.sayHello(first);
  expect(await edge.hello({ ...where(), sent_mono: 900_200 })).toMatchObject({ status: "ok" });
  expect(edge.received.filter(({ text }) => JSON.parse(text).echo_mono === first.sent_mono)).toEqual([]);
  expect(await alarmsOf(sample)).not.toContainEqual({ code: "device_rolled_back" });
  expect(await edge.hello({ ...first, sent_mono: 900_300 })).toMatchObject({ status: "edge_behind" });
});

test("Verifies: SYNC-07, SYNC-08: an edge that was rolled back is set apart, and goes on in a new epoch once released", async () => {
  const { sample, identity, script, edge, boot } = await sentLot();
  const money = await moneyOf(sample);
  const bus = await busOf(sample);
  expect(await edge.hello({ ...at(script, 4), boot })).toMatchObject({ status: "edge_behind", epoch: 1 });
  const { echo_mono, status: again } = await edge.hello({ ...at(script, 4), boot });
  expect(again).toBe("edge_behind");
  expect(await alarmsOf(sample)).toEqual([{ code: "device_rolled_back" }]);
  expect(await stateOf(sample)).toMatchObject({ stoppedFor: "rolled_back", epoch: 1 });
  await edge.send("up/events", script.bytes(1, 3));
  expect(await edge.confirm(({ echo_mono }) => echo_mono === null)).toMatchObject({ status: "edge_behind" });

  const { operatorId } = sample;
  const release = { operatorId, lotIds: null, deviceId: identity.deviceId, actor: "test", reason: "old card" };
  expect(await releaseDevice(rig.context, release)).toEqual({ epoch: 2 });
  expect(await releaseDevice(rig.context, release)).toEqual({ epoch: 2 });
  // It hears at once, without a hello of its own.
  expect(await edge.confirm(({ status }) => status === "new_epoch")).toMatchObject({
    epoch: 2,
    cursor: 0,
    echo_mono,
  });
  expect(await edge.hello({ ...at(script, 4), boot })).toMatchObject({ status: "new_epoch", epoch: 2 });

  const added = { n: 5, at: 1_790_000_900_000, mono: 9, boot, quality: "synced" };
  const body = { type: "alarm.raised", code: "after_the_old_card", lane_id: null, detail: "x" };
  const anew = renumbered(identity.deviceId, 2, [...script.lines.slice(1, 4), JSON.stringify({ ...added, body })]);
  await edge.send("up/events", anew.bytes(1, 4));
  const confirmed = await edge.confirm(({ cursor, epoch }) => epoch === 2 && cursor === 4);
  expect(confirmed).toMatchObject({ status: "ok", hash: anew.hashes[4] });
  // What it told again changed nothing; what was new came in once.
  expect(await moneyOf(sample)).toEqual(money);
  expect(await busOf(sample)).toEqual(bus);
  expect((await alarmsOf(sample)).map(({ code }) => code)).toEqual(["after_the_old_card", "device_rolled_back"]);
  expect(await edge.hello({ ...at(script, 4), boot })).toMatchObject({ status: "stale_epoch", epoch: 2 });
  const audit = await query(
    "SELECT action FROM audit_log WHERE subject_id = $1 AND action LIKE 'device.%' ORDER BY id",
    [identity.deviceId],
  );
  expect(audit.map(({ action }) => action)).toEqual(["device.enrol", "device.stream_stopped", "device.release"]);
});

test("Verifies: SYNC-03, SYNC-07: all of a stream told again in a new epoch, in pieces, changes nothing", async () => {
  const { sample, identity, script } = await sentLot();
  const before = [await moneyOf(sample), await busOf(sample), await alarmsOf(sample)];
  const again = await rig.enrol(sample);
  const edge = await connect(again);
  await edge.hello({ v: PROTOCOL_VERSION, epoch: 2, boot: randomUUID() });
  const anew = renumbered(identity.deviceId, 2, script.lines);
  for (const [first, last] of [
    [1, 2],
    [3, 3],
    [4, script.lastN],
  ] as const) {
    await edge.send("up/events", anew.bytes(first, last));
    await edge.confirm(({ cursor }) => cursor === last);
  }
  expect([await moneyOf(sample), await busOf(sample), await alarmsOf(sample)]).toEqual(before);
});

test("Verifies: SYNC-07: a card that runs in two computers is found with the first message of the one that spoke before", async () => {
  const { sample, identity, script, boot } = await sentLot();
  const copy = await connect(identity);
  const { lastN } = script;
  expect(await copy.hello({ ...at(script, lastN), boot: randomUUID() })).toMatchObject({ status: "ok" });
  const original = await connect(identity);
  expect(await original.hello({ ...at(script, lastN), boot })).toMatchObject({ status: "fork" });
  expect(await alarmsOf(sample)).toEqual([{ code: "device_cloned" }]);
  expect(await stateOf(sample)).toMatchObject({ stoppedFor: "clone" });
  const { operatorId } = sample;
  const release = { operatorId, lotIds: null, deviceId: identity.deviceId, actor: "test", reason: "?" };
  await expect(releaseDevice(rig.context, release)).rejects.toMatchObject({ code: "conflict" });
  const right = await rig.enrol(sample);
  expect(await (await connect(right)).hello({ ...at(script, 0, 2), boot })).toMatchObject({ status: "ok", epoch: 2 });
});

test("Verifies: SYNC-07: a store restored on a blank disk, twice from one backup, gets an epoch that nobody used", async () => {
  const { identity, script, edge, boot } = await sentLot();
  const wants = { ...at(script, 2), boot, wants_epoch: true };
  expect(await edge.hello({ ...wants })).toMatchObject({ status: "new_epoch", epoch: 2 });
  expect(await edge.hello({ ...wants })).toMatchObject({ status: "new_epoch", epoch: 2 });
  expect(await edge.hello({ ...at(script, 0, 2), boot })).toMatchObject({ status: "ok", epoch: 2 });
  await edge.send("up/events", renumbered(identity.deviceId, 2, script.lines).bytes(1, script.lastN));
  await edge.confirm(({ epoch, cursor }) => epoch === 2 && cursor === script.lastN);
  expect(await edge.hello({ ...wants, boot: randomUUID() })).toMatchObject({
    status: "new_epoch",
    epoch: 3,
  });
});

/** Where an edge stands whose numbers go on over epochs: all its events, what it knows to be confirmed, what it still keeps. */
const standing = (
  script: EventScript,
  epoch: number,
  marks: { readonly confirmedN: number; readonly keptN: number },
) => ({
  ...at(script, script.lastN, epoch),
  confirmed: { n: marks.confirmedN, hash: script.hashes[marks.confirmedN] ?? ZERO_HASH },
  kept: { n: marks.keptN, hash: script.hashes[marks.keptN] ?? ZERO_HASH },
});

/** Lines of the script with the numbers that they have, in another epoch. */
function inEpoch(script: EventScript, epoch: number, first: number): Uint8Array {
  const { header, lines } = script.batch(first, script.lastN);
  return encodeBatch({ ...header, v: PROTOCOL_VERSION, epoch }, lines);
}

/** The cloud comes back as of before this lot's first event. */
async function setBackCloud({ sample: { lotId }, identity }: Lot): Promise<void> {
  await query("DELETE FROM payments WHERE parking_lot_id = $1", [lotId]);
  await query("DELETE FROM movements WHERE lot_id = $1", [lotId]);
  await query("DELETE FROM parking_sessions WHERE parking_lot_id = $1", [lotId]);
  await query("DELETE FROM event_outbox WHERE lot_id = $1", [lotId]);
  await query("DELETE FROM edge_events WHERE device_id = $1", [identity.deviceId]);
  await query(
    `UPDATE device_streams SET epoch = 1, cursor = 0, hash = $2, epoch_start = 0, retold_epoch = NULL, retold_n = NULL
     WHERE device_id = $1`,
    [identity.deviceId, ZERO_HASH],
  );
}

test("Verifies: SYNC-06, SYNC-07: an epoch goes on after what is confirmed, and what is confirmed need not come again", async () => {
  const lot = await sentLot();
  const { sample, script, edge, boot } = lot;
  const { lastN: confirmedN } = script;
  script.enter("CD456");
  const wants = { ...standing(script, 1, { confirmedN, keptN: 0 }), boot, wants_epoch: true };
  expect(await edge.hello(wants)).toMatchObject({ status: "new_epoch", epoch: 2 });
  const begun = await edge.hello({ ...standing(script, 2, { confirmedN, keptN: 0 }), boot });
  expect(begun).toMatchObject({ status: "ok", epoch: 2, cursor: confirmedN, hash: script.hashes[confirmedN] });
  await edge.send("up/events", inEpoch(script, 2, confirmedN + 1));
  await edge.confirm(({ epoch, cursor }) => epoch === 2 && cursor === script.lastN);
  expect(await moneyOf(sample)).toHaveLength(3);
});

test("Verifies: SYNC-06: a cloud that was set back to before an epoch gets all that the edge keeps, once", async () => {
  const lot = await sentLot();
  const { sample, script, edge, boot } = lot;
  const [money, bus] = [await moneyOf(sample), await busOf(sample)];
  const { lastN: confirmedN } = script;
  await setBackCloud(lot);
  const marks = { confirmedN, keptN: 0 };
  expect(await edge.hello({ ...standing(script, 5, marks), boot })).toMatchObject({
    status: "ok",
    epoch: 5,
    cursor: 0,
  });
  await edge.send("up/events", inEpoch(script, 5, 1));
  await edge.confirm(({ epoch, cursor }) => epoch === 5 && cursor === script.lastN);
  expect([await moneyOf(sample), await busOf(sample)]).toEqual([money, bus]);

  const again = { ...standing(script, 6, { confirmedN: 0, keptN: 0 }), boot };
  expect(await edge.hello(again), "the edge knows of nothing that it is confirmed").toMatchObject({
    epoch: 6,
    cursor: 0,
  });
  script.enter("EF789");
  await edge.send("up/events", inEpoch(script, 6, 1));
  await edge.confirm(({ epoch, cursor }) => epoch === 6 && cursor === script.lastN);
  expect(await moneyOf(sample)).toHaveLength(money.length + 1);
  expect(await alarmsOf(sample)).not.toContainEqual({ code: "history_gone" });
});

test("Verifies: SYNC-06: events that neither side has any more are told to the operator, once, and the stream goes on", async () => {
  const lot = await sentLot();
  const { sample, script, edge, boot } = lot;
  await setBackCloud(lot);
  const hello = { ...standing(script, 2, { confirmedN: script.lastN, keptN: 2 }), boot };
  for (let time = 0; time < 2; time++)
    expect(await edge.hello(hello)).toMatchObject({ status: "ok", epoch: 2, cursor: 2, hash: script.hashes[2] });
  await edge.send("up/events", inEpoch(script, 2, 3));
  await edge.confirm(({ epoch, cursor }) => epoch === 2 && cursor === script.lastN);
  const gone = (await alarmsOf(sample)).filter(({ code }) => code === "history_gone");
  expect(gone).toHaveLength(1);
});

test("Verifies: SYNC-06, SYNC-15: an event that could not be applied counts as one that the cloud has", async () => {
  const { script, edge, boot } = await sentLot();
  const known = script.lastN;
  script.addLine(
    JSON.stringify({ ...JSON.parse(script.lines[0] ?? ""), n: known + 1, body: { type: "of.a.later.build" } }),
  );
  await edge.send("up/events", script.bytes(known + 1, script.lastN));
  await edge.confirm(({ cursor }) => cursor === script.lastN);
  const hello = { ...standing(script, 2, { confirmedN: script.lastN, keptN: known }), boot };
  expect(await edge.hello(hello)).toMatchObject({ status: "ok", epoch: 2, cursor: script.lastN });
});

test("Verifies: SYNC-07: until an event of an epoch has come, the last hello says where it begins", async () => {
  const { edge, boot, script } = await sentLot();
  for (const hash of ["a".repeat(64), "b".repeat(64)]) {
    const kept = { n: 2, hash };
    const hello = { ...at(script, script.lastN, 2), confirmed: kept, kept, boot };
    expect(await edge.hello(hello)).toMatchObject({ status: "ok", epoch: 2, cursor: 2, hash });
    const stands = await query("SELECT cursor::int, hash FROM device_streams WHERE boot = $1", [boot]);
    expect(stands).toEqual([{ cursor: 2, hash }]);
  }
});

test("Verifies: SYNC-07: an epoch is never given twice, also by a cloud that has forgotten the last ones", async () => {
  const lot = await sentLot();
  const { script, edge, boot } = lot;
  await setBackCloud(lot);
  const restored = { ...standing(script, 7, { confirmedN: 0, keptN: 0 }), boot, wants_epoch: true };
  expect(await edge.hello(restored)).toMatchObject({ status: "new_epoch", epoch: 8 });
});

test("a device of another operator, or of a lot that is not the caller's, can't be released", async () => {
  const { sample, identity } = await sentLot();
  const release = { lotIds: null, deviceId: identity.deviceId, actor: "test", reason: "?" };
  const foreign = releaseDevice(rig.context, { ...release, operatorId: randomUUID() });
  await expect(foreign).rejects.toMatchObject({ code: "not_found" });
  const { operatorId } = sample;
  const otherLot = releaseDevice(rig.context, { ...release, operatorId, lotIds: [randomUUID()] });
  await expect(otherLot).rejects.toMatchObject({ code: "not_found" });
});

test("Verifies: SYNC-16: no version in common is told to both sides, with one alarm; a newer edge that also speaks ours needs none", async () => {
  const { sample, script, edge, boot } = await sentLot();
  const near = { ...at(script, script.lastN), boot, v: PROTOCOL_VERSION + 1 };
  expect(await edge.hello({ ...near })).toMatchObject({
    status: "unsupported_version",
    v: PROTOCOL_VERSION,
  });
  expect(await alarmsOf(sample)).toEqual([]);
  expect(await edge.hello({ ...near, v: PROTOCOL_VERSION })).toMatchObject({ status: "ok" });
  for (const sent_mono of [3, 4]) {
    const far = { ...near, v: PROTOCOL_VERSION + 5, oldest_v: PROTOCOL_VERSION + 3, sent_mono };
    expect(await edge.hello(far)).toMatchObject({ status: "unsupported_version" });
  }
  expect(await alarmsOf(sample)).toEqual([{ code: "device_version_unsupported" }]);
});
