import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type SignedCommand, signedCommand } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { decodeCommandKey, misaddressed, outOfTime, readCommand } from "@gatehouse/shared/sync/command.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SampleOperator } from "../db/testing/sample-data.ts";
import { awaitCommandResult } from "../services/devices/await-command-result.ts";
import { claimCommands, expireCommands } from "../services/devices/dispatch-commands.ts";
import { requestRemoteOpen } from "../services/devices/request-remote-open.ts";
import { eventually, type HubRig, startHubRig } from "./testing/hub-rig.ts";
import { TestEdge } from "./testing/test-edge.ts";

let rig: HubRig;
let sample: SampleOperator;
let edge: TestEdge;

beforeAll(async () => {
  rig = await startHubRig();
  sample = await rig.addOperator(300);
  edge = await TestEdge.connect(await rig.enrol(sample));
  await edge.hello({ link_nonce: "nonce-of-link-one" });
});
afterAll(() => rig?.close());

function openLane(change: Partial<Parameters<typeof requestRemoteOpen>[1]> = {}) {
  const { operatorId, lotId, exitLane: laneId } = sample;
  return requestRemoteOpen(rig.context, { operatorId, lotId, laneId, actor: "ada", reason: "lost ticket", ...change });
}

async function resultOf(commandId: string, timeoutMs = 3_000) {
  return awaitCommandResult(rig.context, { commandId, timeoutMs });
}

function result(command: SignedCommand, outcome: "done" | "refused"): string {
  const { id, device_id } = command.body;
  const refusal = outcome === "done" ? null : "lane_refused";
  return JSON.stringify({
    v: PROTOCOL_VERSION,
    id,
    device_id,
    outcome,
    refusal,
    message: `lane says ${outcome}`,
    at: 1,
  });
}

test("Verifies: SYNC-11 SAFE-26 a remote open reaches the edge signed, for its link and epoch, and only its result is done", async () => {
  const { commandId } = await openLane();
  const text = await edge.next("down/commands");
  const command = signedCommand.parse(JSON.parse(text));
  expect(command.body).toMatchObject({
    id: commandId,
    device_id: edge.identity.deviceId,
    epoch: 1,
    lane_id: sample.exitLane,
    action: "open",
    actor: "ada",
    link_nonce: "nonce-of-link-one",
  });
  const { command_key: key } = edge.identity.answer;
  const read = readCommand(text);
  if (!read) throw new Error("The command can't be read");
  const addressee = {
    deviceId: edge.identity.deviceId,
    epoch: 1,
    laneIds: [sample.exitLane],
    key: { keyId: key.key_id, publicKey: decodeCommandKey(key.public_key) },
  };
  const moment = { linkNonce: "nonce-of-link-one", cloudNowMs: command.body.issued_at + 100, actedLastMinute: 0 };
  expect(misaddressed(read, addressee, false)).toBeNull();
  expect(outOfTime(read, moment)).toBeNull();
  expect((await resultOf(commandId, 50)).status).toBe("sent");
  await edge.send("up/command-results", result(command, "done"));
  expect(await resultOf(commandId)).toMatchObject({ status: "done", message: "lane says done" });
});

test("Verifies: SYNC-11 a command goes out once: not again after the link was cut and has come back", async () => {
  const { commandId } = await openLane();
  await edge.next("down/commands");
  edge.cut();
  await edge.closed;
  const { identity } = edge;
  edge = await TestEdge.connect(identity);
  await edge.hello({ link_nonce: "nonce-of-link-two" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(edge.received.filter(({ topic }) => topic === "down/commands")).toEqual([]);
  expect((await resultOf(commandId, 10)).status).toBe("sent");
  const second = await openLane();
  const sent = signedCommand.parse(JSON.parse(await edge.next("down/commands")));
  expect(sent.body).toMatchObject({ id: second.commandId, link_nonce: "nonce-of-link-two" });
  await edge.send("up/command-results", result(sent, "refused"));
  expect(await resultOf(second.commandId)).toMatchObject({ status: "refused", refusal: "lane_refused" });
});

test("Verifies: SYNC-11 a command without a result expires, and is never sent after its life; a late result still counts", async () => {
  const { commandId } = await openLane();
  const sent = signedCommand.parse(JSON.parse(await edge.next("down/commands")));
  expect(sent.body.not_after - sent.body.issued_at).toBeLessThanOrEqual(10_000);
  const real = systemClock();
  const later = {
    ...rig.context,
    realClock: { ...real, wall: () => (real.wall() + 60_000) as ReturnType<typeof real.wall> },
  };
  await expireCommands(later);
  expect((await resultOf(commandId)).status).toBe("expired");
  await rig.database.pool.query("UPDATE commands SET status = 'pending' WHERE id = $1", [commandId]);
  expect(await claimCommands(later, edge.identity.deviceId)).toEqual([]);
  await expireCommands(later);
  await edge.send("up/command-results", result(sent, "done"));
  await eventually(async () => (await resultOf(commandId, 10)).status === "done");
});

test("one device's result can't settle another's command", async () => {
  const { commandId } = await openLane();
  const sent = signedCommand.parse(JSON.parse(await edge.next("down/commands")));
  const other = await TestEdge.connect(await rig.enrol(await rig.addOperator(301)));
  await other.hello();
  await other.send("up/command-results", result(sent, "done"));
  const forged = { ...JSON.parse(result(sent, "done")), device_id: other.identity.deviceId };
  await other.send("up/command-results", JSON.stringify(forged));
  await other.hello();
  expect((await resultOf(commandId, 10)).status).toBe("sent");
  await other.end();
});

test("Verifies: SYNC-11 an open asked for again with its Idempotency-Key is the same command, even at the same moment", async () => {
  const { pool } = rig.database;
  const tokens = await pool.query("SELECT id FROM api_tokens WHERE operator_id = $1", [sample.operatorId]);
  const at = new Date();
  const claim = { tokenId: tokens.rows[0].id, key: "open-once", requestHash: new Uint8Array(32), at };
  const made = await Promise.all(Array.from({ length: 6 }, () => openLane({ claim })));
  expect(new Set(made.map(({ commandId }) => commandId)).size).toBe(1);
  const { rowCount } = await pool.query("SELECT id FROM commands WHERE id = $1", [made[0]?.commandId]);
  expect(rowCount).toBe(1);
  await edge.next("down/commands");
  const other = { ...claim, requestHash: new Uint8Array(32).fill(1) };
  await expect(openLane({ claim: other })).rejects.toMatchObject({ code: "invalid" });
});

test("Verifies: SAFE-26 an open needs a reason, an own lane and a connected edge, and is audited", async () => {
  await expect(openLane({ reason: "  " })).rejects.toMatchObject({ code: "invalid" });
  await expect(openLane({ laneId: sample.lotId })).rejects.toMatchObject({ code: "not_found" });
  const foreign = await rig.addOperator(302);
  await expect(openLane({ operatorId: foreign.operatorId })).rejects.toMatchObject({ code: "not_found" });
  const offline = { operatorId: foreign.operatorId, lotId: foreign.lotId, laneId: foreign.entryLane };
  await expect(openLane(offline)).rejects.toMatchObject({ code: "unavailable" });
  const { rows } = await rig.database.pool.query(
    "SELECT DISTINCT actor_id, details->>'reason' AS reason FROM audit_log WHERE lot_id = $1 AND action = 'lane.remote_open'",
    [sample.lotId],
  );
  expect(rows).toEqual([{ actor_id: "ada", reason: "lost ticket" }]);
});

test("the key that signs commands stays on the hub's disk, for its owner only", async () => {
  const pem = await readFile(join(rig.dataDir, "hub", "command.key"), "utf8");
  const { public_key } = edge.identity.answer.command_key;
  expect(createPublicKey(pem).export({ type: "spki", format: "der" }).toString("base64url")).toBe(public_key);
  expect(verify(null, Buffer.from("x"), decodeCommandKey(public_key), Buffer.alloc(64))).toBe(false);
});
