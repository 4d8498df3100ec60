import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EventScript } from "../../hub/testing/event-script.ts";
import { type HubRig, startHubRig } from "../../hub/testing/hub-rig.ts";
import type { IngestContext } from "./context.ts";
import { listDeadLetters } from "./dead-letters.ts";
import { ingestBatches } from "./ingest-batches.ts";
import { readBatch } from "./read-events.ts";
import { discardDeadLetter, redeliverDeadLetter } from "./settle-dead-letter.ts";

let rig: HubRig;
let context: IngestContext;
let seed = 700;

beforeAll(async () => {
  rig = await startHubRig();
  context = { pool: rig.database.pool, clock: rig.context.clock, newId: rig.context.newId };
});
afterAll(() => rig?.close());

async function newLot() {
  const sample = await rig.addOperator(seed++);
  const { deviceId } = await rig.enrol(sample);
  const { operatorId, lotId } = sample;
  const script = new EventScript({ ...sample, deviceId, epoch: 1, seed });
  const owner = { operatorId, lotId, deviceId };
  let sent = 0;
  const send = async () => {
    const first = sent + 1;
    sent = script.lastN;
    return ingestBatches(context, owner, [readBatch(script.batch(first, sent))]);
  };
  const settleOf = (n: number) => ({ owner, deviceId, epoch: 1, n, actor: randomUUID(), reason: "fixed" });
  return { owner, script, send, settleOf };
}

const query = async (sql: string, values: unknown[]) => (await rig.database.pool.query(sql, values)).rows;
const waiting = async (lotId: string) => (await listDeadLetters(rig.context, { lotId, settled: false })).letters;
const auditOf = async (lotId: string) =>
  (await query("SELECT action FROM audit_log WHERE lot_id = $1 AND action LIKE 'dead_letter.%'", [lotId])).map(
    ({ action }) => action,
  );

test("Verifies: SYNC-15: an event that was refused is redelivered once, however often asked, when nothing is in its way", async () => {
  const { owner, script, send, settleOf } = await newLot();
  const stay = script.enter("LATE1");
  const paymentId = script.pay(stay, 300);
  script.pay(stay, 200, paymentId);
  const refused = script.lastN;
  const after = script.add({ type: "alarm.raised", code: "after_it", lane_id: null, detail: "the stream goes on" });
  expect(await send()).toMatchObject({ status: "ok", position: { cursor: after } });
  expect(await waiting(owner.lotId)).toMatchObject([{ n: refused, code: "not_applicable", settled_at: null }]);
  await expect(redeliverDeadLetter(context, settleOf(refused))).rejects.toMatchObject({ code: "conflict" });
  expect(await waiting(owner.lotId)).toHaveLength(1);
  expect(await auditOf(owner.lotId)).toEqual([]);

  const paid = () => query("SELECT amount_minor::int AS paid FROM payments WHERE parking_lot_id = $1", [owner.lotId]);
  const sumOf = () => query("SELECT paid_minor::int AS paid FROM parking_sessions WHERE id = $1", [stay]);
  expect([await paid(), await sumOf()]).toEqual([[{ paid: 300 }], [{ paid: 300 }]]);
  await query("DELETE FROM payments WHERE parking_lot_id = $1", [owner.lotId]);
  const answers = await Promise.all([1, 2, 3].map(() => redeliverDeadLetter(context, settleOf(refused))));
  expect(answers).toEqual(["redelivered", "redelivered", "redelivered"]);
  expect([await paid(), await sumOf()]).toEqual([[{ paid: 200 }], [{ paid: 500 }]]);
  expect(await waiting(owner.lotId)).toEqual([]);
  expect(await auditOf(owner.lotId)).toEqual(["dead_letter.redelivered"]);
  await expect(discardDeadLetter(context, settleOf(refused))).rejects.toMatchObject({ code: "conflict" });
});

test("Verifies: SYNC-15: what can never be read is given up by a person, and keeps its line", async () => {
  const { owner, script, send, settleOf } = await newLot();
  const broken = script.addLine("{ this is no JSON");
  await send();
  await expect(redeliverDeadLetter(context, settleOf(broken))).rejects.toMatchObject({ code: "conflict" });
  expect(await discardDeadLetter(context, settleOf(broken))).toBe("discarded");
  expect(await discardDeadLetter(context, settleOf(broken))).toBe("discarded");
  await expect(redeliverDeadLetter(context, settleOf(broken))).rejects.toMatchObject({ code: "conflict" });
  const { letters, total } = await listDeadLetters(rig.context, { lotId: owner.lotId, settled: true });
  expect(total).toBe(1);
  expect(letters[0]?.raw.toString("utf8")).toBe("{ this is no JSON");
  expect(await auditOf(owner.lotId)).toEqual(["dead_letter.discarded"]);
});

test("Verifies: SYNC-15: a late event leaves the present state of lanes as later events told it", async () => {
  const { owner, script, send, settleOf } = await newLot();
  const laneId = script.id();
  const changed = (mode: string) => script.add({ type: "lane.changed", lane_id: laneId, mode, detail: null });
  const late = changed("held_open");
  changed("automatic");
  await send();
  // As if this build could not apply the first of them: its letter is what such a build leaves behind.
  await query(
    `INSERT INTO dead_letters (device_id, epoch, n, lot_id, raw, hash, code, message, received_at)
     SELECT device_id, epoch, n, $2, convert_to(line, 'UTF8'), hash, 'not_applicable', 'x', now()
     FROM edge_events WHERE device_id = $1 AND n = $3`,
    [owner.deviceId, owner.lotId, late],
  );
  await query("DELETE FROM edge_events WHERE device_id = $1 AND n = $2", [owner.deviceId, late]);
  expect(await redeliverDeadLetter(context, settleOf(late))).toBe("redelivered");
  expect(await query("SELECT mode FROM lane_states WHERE lane_id = $1", [laneId])).toEqual([{ mode: "automatic" }]);
});

test("another operator's dead letter does not exist", async () => {
  const [mine, theirs] = [await newLot(), await newLot()];
  const broken = theirs.script.addLine("{");
  await theirs.send();
  const mixed = { ...theirs.settleOf(broken), owner: { ...theirs.owner, lotId: mine.owner.lotId } };
  await expect(discardDeadLetter(context, mixed)).rejects.toMatchObject({ code: "not_found" });
});
