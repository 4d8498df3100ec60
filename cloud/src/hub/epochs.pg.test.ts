import { randomUUID } from "node:crypto";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { encodeBatch } from "@gatehouse/shared/sync/batch.ts";
import { chainHashes, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SampleOperator } from "../db/testing/sample-data.ts";
import { listDevices } from "../services/devices/list.ts";
import { releaseDevice } from "../services/devices/release.ts";
import { type HubRig, startHubRig } from "./testing/hub-rig.ts";
import { SentLots, standingAt } from "./testing/sent-lots.ts";

let rig: HubRig;
const lots = new SentLots(() => rig, 600);

beforeAll(async () => {
  rig = await startHubRig();
});
afterEach(() => lots.end());
afterAll(() => rig?.close());

const stateOf = async ({ operatorId }: SampleOperator) => (await listDevices(rig.context, { operatorId }))[0];

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
  const { sample, edge, boot, script } = await lots.add();
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
  expect(await lots.alarmsOf(sample)).not.toContainEqual({ code: "device_rolled_back" });
  expect(await edge.hello({ ...first, sent_mono: 900_300 })).toMatchObject({ status: "edge_behind" });
});

test("Verifies: SYNC-07, SYNC-08: an edge that was rolled back is set apart, and goes on in a new epoch once released", async () => {
  const { sample, identity, script, edge, boot } = await lots.add();
  const money = await lots.moneyOf(sample);
  const bus = await lots.busOf(sample);
  expect(await edge.hello({ ...standingAt(script, 4), boot })).toMatchObject({ status: "edge_behind", epoch: 1 });
  const { echo_mono, status: again } = await edge.hello({ ...standingAt(script, 4), boot });
  expect(again).toBe("edge_behind");
  expect(await lots.alarmsOf(sample)).toEqual([{ code: "device_rolled_back" }]);
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
  expect(await edge.hello({ ...standingAt(script, 4), boot })).toMatchObject({ status: "new_epoch", epoch: 2 });

  const added = { n: 5, at: 1_790_000_900_000, mono: 9, boot, quality: "synced" };
  const body = { type: "alarm.raised", code: "after_the_old_card", lane_id: null, detail: "x" };
  const anew = renumbered(identity.deviceId, 2, [...script.lines.slice(1, 4), JSON.stringify({ ...added, body })]);
  await edge.send("up/events", anew.bytes(1, 4));
  const confirmed = await edge.confirm(({ cursor, epoch }) => epoch === 2 && cursor === 4);
  expect(confirmed).toMatchObject({ status: "ok", hash: anew.hashes[4] });
  // What it told again changed nothing; what was new came in once.
  expect(await lots.moneyOf(sample)).toEqual(money);
  expect(await lots.busOf(sample)).toEqual(bus);
  expect((await lots.alarmsOf(sample)).map(({ code }) => code)).toEqual(["after_the_old_card", "device_rolled_back"]);
  expect(await edge.hello({ ...standingAt(script, 4), boot })).toMatchObject({ status: "stale_epoch", epoch: 2 });
  const audit = await lots.query(
    "SELECT action FROM audit_log WHERE subject_id = $1 AND action LIKE 'device.%' ORDER BY id",
    [identity.deviceId],
  );
  expect(audit.map(({ action }) => action)).toEqual(["device.enrol", "device.stream_stopped", "device.release"]);
});

test("Verifies: SYNC-03, SYNC-07: all of a stream told again in a new epoch, in pieces, changes nothing", async () => {
  const { sample, identity, script } = await lots.add();
  const before = [await lots.moneyOf(sample), await lots.busOf(sample), await lots.alarmsOf(sample)];
  const again = await rig.enrol(sample);
  const edge = await lots.connect(again);
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
  expect([await lots.moneyOf(sample), await lots.busOf(sample), await lots.alarmsOf(sample)]).toEqual(before);
});

test("Verifies: SYNC-07: a card that runs in two computers is found with the first message of the one that spoke before", async () => {
  const { sample, identity, script, boot } = await lots.add();
  const copy = await lots.connect(identity);
  const { lastN } = script;
  expect(await copy.hello({ ...standingAt(script, lastN), boot: randomUUID() })).toMatchObject({ status: "ok" });
  const original = await lots.connect(identity);
  expect(await original.hello({ ...standingAt(script, lastN), boot })).toMatchObject({ status: "fork" });
  expect(await lots.alarmsOf(sample)).toEqual([{ code: "device_cloned" }]);
  expect(await stateOf(sample)).toMatchObject({ stoppedFor: "clone" });
  const { operatorId } = sample;
  const release = { operatorId, lotIds: null, deviceId: identity.deviceId, actor: "test", reason: "?" };
  await expect(releaseDevice(rig.context, release)).rejects.toMatchObject({ code: "conflict" });
  const right = await rig.enrol(sample);
  expect(await (await lots.connect(right)).hello({ ...standingAt(script, 0, 2), boot })).toMatchObject({
    status: "ok",
    epoch: 2,
  });
});

test("Verifies: SYNC-07: a store restored on a blank disk, twice from one backup, gets an epoch that nobody used", async () => {
  const { identity, script, edge, boot } = await lots.add();
  const wants = { ...standingAt(script, 2), boot, wants_epoch: true };
  expect(await edge.hello({ ...wants })).toMatchObject({ status: "new_epoch", epoch: 2 });
  expect(await edge.hello({ ...wants })).toMatchObject({ status: "new_epoch", epoch: 2 });
  expect(await edge.hello({ ...standingAt(script, 0, 2), boot })).toMatchObject({ status: "ok", epoch: 2 });
  await edge.send("up/events", renumbered(identity.deviceId, 2, script.lines).bytes(1, script.lastN));
  await edge.confirm(({ epoch, cursor }) => epoch === 2 && cursor === script.lastN);
  expect(await edge.hello({ ...wants, boot: randomUUID() })).toMatchObject({
    status: "new_epoch",
    epoch: 3,
  });
});

test("a device of another operator, or of a lot that is not the caller's, can't be released", async () => {
  const { sample, identity } = await lots.add();
  const release = { lotIds: null, deviceId: identity.deviceId, actor: "test", reason: "?" };
  const foreign = releaseDevice(rig.context, { ...release, operatorId: randomUUID() });
  await expect(foreign).rejects.toMatchObject({ code: "not_found" });
  const { operatorId } = sample;
  const otherLot = releaseDevice(rig.context, { ...release, operatorId, lotIds: [randomUUID()] });
  await expect(otherLot).rejects.toMatchObject({ code: "not_found" });
});

test("Verifies: SYNC-16: no version in common is told to both sides, with one alarm; a newer edge that also speaks ours needs none", async () => {
  const { sample, script, edge, boot } = await lots.add();
  const near = { ...standingAt(script, script.lastN), boot, v: PROTOCOL_VERSION + 1 };
  expect(await edge.hello({ ...near })).toMatchObject({
    status: "unsupported_version",
    v: PROTOCOL_VERSION,
  });
  expect(await lots.alarmsOf(sample)).toEqual([]);
  expect(await edge.hello({ ...near, v: PROTOCOL_VERSION })).toMatchObject({ status: "ok" });
  for (const sent_mono of [3, 4]) {
    const far = { ...near, v: PROTOCOL_VERSION + 5, oldest_v: PROTOCOL_VERSION + 3, sent_mono };
    expect(await edge.hello(far)).toMatchObject({ status: "unsupported_version" });
  }
  expect(await lots.alarmsOf(sample)).toEqual([{ code: "device_version_unsupported" }]);
});
