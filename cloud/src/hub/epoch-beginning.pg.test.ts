import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { encodeBatch } from "@gatehouse/shared/sync/batch.ts";
import { ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { EventScript } from "./testing/event-script.ts";
import { type HubRig, startHubRig } from "./testing/hub-rig.ts";
import { type SentLot, SentLots, standingAt } from "./testing/sent-lots.ts";

let rig: HubRig;
const lots = new SentLots(() => rig, 650);

beforeAll(async () => {
  rig = await startHubRig();
});
afterEach(() => lots.end());
afterAll(() => rig?.close());

/** Where an edge stands whose numbers go on over epochs: all its events, what it knows to be confirmed, what it still keeps. */
const standing = (
  script: EventScript,
  epoch: number,
  marks: { readonly confirmedN: number; readonly keptN: number },
) => ({
  ...standingAt(script, script.lastN, epoch),
  confirmed: { n: marks.confirmedN, hash: script.hashes[marks.confirmedN] ?? ZERO_HASH },
  kept: { n: marks.keptN, hash: script.hashes[marks.keptN] ?? ZERO_HASH },
});

/** Lines of the script with the numbers that they have, in another epoch. */
function inEpoch(script: EventScript, epoch: number, first: number): Uint8Array {
  const { header, lines } = script.batch(first, script.lastN);
  return encodeBatch({ ...header, v: PROTOCOL_VERSION, epoch }, lines);
}

/** The cloud comes back as of before this lot's first event. */
async function setBackCloud({ sample: { lotId }, identity }: SentLot): Promise<void> {
  await lots.query("DELETE FROM payments WHERE parking_lot_id = $1", [lotId]);
  await lots.query("DELETE FROM movements WHERE lot_id = $1", [lotId]);
  await lots.query("DELETE FROM parking_sessions WHERE parking_lot_id = $1", [lotId]);
  await lots.query("DELETE FROM event_outbox WHERE lot_id = $1", [lotId]);
  await lots.query("DELETE FROM edge_events WHERE device_id = $1", [identity.deviceId]);
  await lots.query(
    `UPDATE device_streams SET epoch = 1, cursor = 0, hash = $2, epoch_start = 0, retold_epoch = NULL, retold_n = NULL
     WHERE device_id = $1`,
    [identity.deviceId, ZERO_HASH],
  );
}

test("Verifies: SYNC-06, SYNC-07: an epoch goes on after what is confirmed, and what is confirmed need not come again", async () => {
  const lot = await lots.add();
  const { sample, script, edge, boot } = lot;
  const { lastN: confirmedN } = script;
  script.enter("CD456");
  const wants = { ...standing(script, 1, { confirmedN, keptN: 0 }), boot, wants_epoch: true };
  expect(await edge.hello(wants)).toMatchObject({ status: "new_epoch", epoch: 2 });
  const begun = await edge.hello({ ...standing(script, 2, { confirmedN, keptN: 0 }), boot });
  expect(begun).toMatchObject({ status: "ok", epoch: 2, cursor: confirmedN, hash: script.hashes[confirmedN] });
  await edge.send("up/events", inEpoch(script, 2, confirmedN + 1));
  await edge.confirm(({ epoch, cursor }) => epoch === 2 && cursor === script.lastN);
  expect(await lots.moneyOf(sample)).toHaveLength(3);
});

test("Verifies: SYNC-06: a cloud that was set back to before an epoch gets all that the edge keeps, once", async () => {
  const lot = await lots.add();
  const { sample, script, edge, boot } = lot;
  const [money, bus] = [await lots.moneyOf(sample), await lots.busOf(sample)];
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
  expect([await lots.moneyOf(sample), await lots.busOf(sample)]).toEqual([money, bus]);

  const again = { ...standing(script, 6, { confirmedN: 0, keptN: 0 }), boot };
  expect(await edge.hello(again), "the edge knows of nothing that it is confirmed").toMatchObject({
    epoch: 6,
    cursor: 0,
  });
  script.enter("EF789");
  await edge.send("up/events", inEpoch(script, 6, 1));
  await edge.confirm(({ epoch, cursor }) => epoch === 6 && cursor === script.lastN);
  expect(await lots.moneyOf(sample)).toHaveLength(money.length + 1);
  expect(await lots.alarmsOf(sample)).not.toContainEqual({ code: "history_gone" });
});

test("Verifies: SYNC-06: events that neither side has any more are told to the operator, once, and the stream goes on", async () => {
  const lot = await lots.add();
  const { sample, script, edge, boot } = lot;
  await setBackCloud(lot);
  const hello = { ...standing(script, 2, { confirmedN: script.lastN, keptN: 2 }), boot };
  for (let time = 0; time < 2; time++)
    expect(await edge.hello(hello)).toMatchObject({ status: "ok", epoch: 2, cursor: 2, hash: script.hashes[2] });
  await edge.send("up/events", inEpoch(script, 2, 3));
  await edge.confirm(({ epoch, cursor }) => epoch === 2 && cursor === script.lastN);
  const gone = (await lots.alarmsOf(sample)).filter(({ code }) => code === "history_gone");
  expect(gone).toHaveLength(1);
});

test("Verifies: SYNC-06, SYNC-15: an event that could not be applied counts as one that the cloud has", async () => {
  const { script, edge, boot } = await lots.add();
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
  const { edge, boot, script } = await lots.add();
  for (const hash of ["a".repeat(64), "b".repeat(64)]) {
    const kept = { n: 2, hash };
    const hello = { ...standingAt(script, script.lastN, 2), confirmed: kept, kept, boot };
    expect(await edge.hello(hello)).toMatchObject({ status: "ok", epoch: 2, cursor: 2, hash });
    const stands = await lots.query("SELECT cursor::int, hash FROM device_streams WHERE boot = $1", [boot]);
    expect(stands).toEqual([{ cursor: 2, hash }]);
  }
});

test("Verifies: SYNC-07: an epoch is never given twice, also by a cloud that has forgotten the last ones", async () => {
  const lot = await lots.add();
  const { script, edge, boot } = lot;
  await setBackCloud(lot);
  const restored = { ...standing(script, 7, { confirmedN: 0, keptN: 0 }), boot, wants_epoch: true };
  expect(await edge.hello(restored)).toMatchObject({ status: "new_epoch", epoch: 8 });
});
