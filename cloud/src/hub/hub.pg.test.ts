import { createPrivateKey, randomUUID, webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import type { EdgeStanding } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { topicOf } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import type { PoolClient } from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SampleOperator } from "../db/testing/sample-data.ts";
import { listDevices } from "../services/devices/list.ts";
import { revokeDevice } from "../services/devices/revoke.ts";
import { issueCa, issueDevice, KEY_ALGORITHM } from "./ca/issue.ts";
import { X509Certificate } from "./ca/x509.ts";
import { EventScript } from "./testing/event-script.ts";
import { eventually, type HubRig, startHubRig } from "./testing/hub-rig.ts";
import { enrolTestEdge, newRequest, postEnrolment, TestEdge, type TestIdentity } from "./testing/test-edge.ts";

const STANDING: EdgeStanding = {
  oldest_pending_at: 1,
  replica_confirmed_at: null,
  clock_quality: "holdover",
  disk_used_bytes: 10,
  disk_free_bytes: 20,
};

let rig: HubRig;
let seed = 200;
const edges: TestEdge[] = [];

beforeAll(async () => {
  rig = await startHubRig();
});
afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.end()));
});
afterAll(() => rig?.close());

async function connect(...[identity, options]: Parameters<typeof TestEdge.connect>): Promise<TestEdge> {
  const edge = await TestEdge.connect(identity, options);
  edges.push(edge);
  return edge;
}

async function newEdge(): Promise<{ sample: SampleOperator; identity: TestIdentity; script: EventScript }> {
  const sample = await rig.addOperator(seed++);
  const identity = await rig.enrol(sample);
  const script = new EventScript({ ...sample, deviceId: identity.deviceId, epoch: 1, seed });
  return { sample, identity, script };
}

async function query(sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  return (await rig.database.pool.query(sql, values)).rows;
}

function refusalOf(deviceId: string, code: string, count = 1): Promise<Record<string, unknown>[]> {
  return eventually(async () => {
    const found = await query(
      "SELECT lot_id, details FROM audit_log WHERE actor_id = $1 AND action = 'hub.refused' AND details->>'code' = $2",
      [deviceId, code],
    );
    return found.length >= count && found;
  });
}

/** A connection that lets nobody write events until it rolls back. */
async function holdEvents(): Promise<PoolClient> {
  const blocker = await rig.database.pool.connect();
  await blocker.query("BEGIN");
  await blocker.query("LOCK TABLE edge_events IN ACCESS EXCLUSIVE MODE");
  return blocker;
}

test("Verifies: SYNC-05 a confirmation names the committed cursor and hash, also for several batches in flight", async () => {
  const { identity, script } = await newEdge();
  for (let i = 0; i < 40; i++) script.leave(script.enter(`P${i}`), `P${i}`, 200);
  const edge = await connect(identity);
  const greeted = await edge.hello();
  expect(greeted).toMatchObject({ status: "ok", cursor: 0, hash: "0".repeat(64), epoch: 1 });
  for (let first = 1; first <= script.lastN; first += 60) {
    await edge.send("up/events", script.bytes(first, Math.min(script.lastN, first + 59)));
  }
  const last = await edge.confirm((confirm) => confirm.cursor === script.lastN);
  expect(last).toMatchObject({ status: "ok", hash: script.lastHash, echo_mono: null });
  const [row] = await query("SELECT count(*)::int AS events FROM edge_events WHERE device_id = $1", [
    identity.deviceId,
  ]);
  expect(row).toEqual({ events: script.lastN });
});

test("Verifies: SYNC-05 nothing is confirmed while the transaction can't commit, and all of it is after", async () => {
  const { identity, script } = await newEdge();
  script.enter("AB123");
  const edge = await connect(identity);
  await edge.hello();
  const blocker = await holdEvents();
  await edge.send("up/events", script.bytes(1, 3));
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(edge.received.filter(({ topic }) => topic === "down/confirm")).toEqual([]);
  await blocker.query("ROLLBACK");
  blocker.release();
  expect(await edge.confirm(() => true)).toMatchObject({ cursor: 3, hash: script.lastHash });
});

test("a database that goes away loses nothing: the hub tries again until it is back", async () => {
  const { identity, script } = await newEdge();
  script.enter("AB123");
  const edge = await connect(identity);
  await edge.hello();
  const blocker = await holdEvents();
  await edge.send("up/events", script.bytes(1, 3));
  await eventually(async () => {
    // Not by the blocker: within a transaction pg_stat_activity stays as it was first seen.
    const cut = await query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      [],
    );
    return cut.length > 0;
  });
  await blocker.query("ROLLBACK");
  blocker.release();
  expect(await edge.confirm(() => true)).toMatchObject({ status: "ok", cursor: 3 });
});

test("Verifies: SYNC-12 batches of one device are applied in the order of their numbers, of several devices side by side", async () => {
  const lots = await Promise.all([newEdge(), newEdge(), newEdge()]);
  const work = lots.map(async ({ identity, script }) => {
    for (let i = 0; i < 30; i++) script.leave(script.enter(`Q${i}`), `Q${i}`, 100);
    const edge = await connect(identity);
    await edge.hello();
    for (let first = 1; first <= script.lastN; first += 20)
      await edge.send("up/events", script.bytes(first, first + 19));
    await edge.confirm(({ cursor }) => cursor === script.lastN);
    const [row] = await query(
      `SELECT bool_and(n = place) AS ordered, count(*)::int AS events
       FROM (SELECT n, row_number() OVER (ORDER BY n) AS place FROM edge_events WHERE device_id = $1) AS numbered`,
      [identity.deviceId],
    );
    expect(row).toEqual({ ordered: true, events: script.lastN });
  });
  await Promise.all(work);
});

test("Verifies: SYNC-04 over the wire, a gap is answered with the cursor to send from", async () => {
  const { identity, script } = await newEdge();
  script.enter("AB123");
  const edge = await connect(identity);
  await edge.hello();
  await edge.send("up/events", script.bytes(3, 3));
  expect(await edge.confirm(() => true)).toMatchObject({ status: "gap", cursor: 0 });
});

test("an edge that was set back, and one of an older epoch, are told so at hello", async () => {
  const { identity, script, sample } = await newEdge();
  script.enter("AB123");
  const edge = await connect(identity);
  await edge.hello();
  await edge.send("up/events", script.bytes(1, 3));
  await edge.confirm(({ cursor }) => cursor === 3);
  expect(await edge.hello({ last_n: 2, last_hash: script.hashes[2] ?? "" })).toMatchObject({
    status: "edge_behind",
    cursor: 3,
  });
  expect(await edge.hello({ v: 9, oldest_v: 9 })).toMatchObject({
    status: "unsupported_version",
    cursor: 3,
  });
  const again = await rig.enrol(sample);
  expect(again.answer).toMatchObject({ device_id: identity.deviceId, epoch: 2 });
  const anew = await connect(again);
  expect(await anew.hello({ epoch: 1, last_n: 3, last_hash: script.lastHash })).toMatchObject({
    status: "stale_epoch",
    epoch: 2,
  });
  await anew.send("up/events", script.bytes(1, 3));
  expect(await anew.confirm(({ echo_mono }) => echo_mono === null)).toMatchObject({ status: "stale_epoch", epoch: 2 });
  expect(await anew.hello()).toMatchObject({ status: "ok", epoch: 2, cursor: 0 });
  // The card that was replaced is a clone from now on.
  await edge.closed;
  await expect(connect(identity)).rejects.toThrow(/Not authorized|closed/);
  await refusalOf(identity.deviceId, "certificate_superseded");
});

test("the link is recorded when it comes and when it is cut without a word", async () => {
  const { identity, sample } = await newEdge();
  const stateOf = async () => (await listDevices(rig.context, { operatorId: sample.operatorId }))[0];
  expect(await stateOf()).toMatchObject({ connected: false, cursor: 0, epoch: 1, serial: "serial-1" });
  const edge = await connect(identity);
  await edge.hello();
  await edge.send(
    "up/telemetry",
    JSON.stringify({
      ...{ v: PROTOCOL_VERSION, at: 1, lanes: [], outbox_pending: 7, link_state: "gateway_down" },
      standing: STANDING,
    }),
  );
  await eventually(async () => (await stateOf())?.outboxPending === 7);
  expect(await stateOf()).toMatchObject({ connected: true, linkState: "gateway_down", agentVersion: "test" });
  expect(await stateOf()).toMatchObject({ standing: STANDING, standingAt: new Date(1) });
  edge.cut();
  await eventually(async () => (await stateOf())?.connected === false, 2_000);
});

test("after a restart of the hub no edge counts as connected until it is, and the stream goes on", async () => {
  const { identity, sample, script } = await newEdge();
  script.enter("AB123");
  const before = await connect(identity);
  await before.hello();
  await before.send("up/events", script.bytes(1, 3));
  await before.confirm(({ cursor }) => cursor === 3);
  const fingerprint = rig.hub().caFingerprint();
  await rig.restartHub();
  expect(rig.hub().caFingerprint()).toBe(fingerprint);
  expect((await listDevices(rig.context, { operatorId: sample.operatorId }))[0]).toMatchObject({
    connected: false,
    cursor: 3,
  });
  const edge = await connect(identity);
  expect(await edge.hello({ last_n: 3, last_hash: script.lastHash })).toMatchObject({ status: "ok", cursor: 3 });
});

test("an enrolment token works once: its second use is refused, audited and alarms", async () => {
  const sample = await rig.addOperator(seed++);
  const token = await rig.token(sample);
  const attempt = { hub: rig.hub(), dataDir: rig.dataDir };
  const { csr } = await newRequest();
  const body = (serial: string): string => JSON.stringify({ token, serial, csr });
  const broken = await postEnrolment({ ...attempt, body: JSON.stringify({ token, serial: "x", csr: "no request" }) });
  expect(broken).toMatchObject({ status: 400, body: { code: "csr_invalid" } });
  const answers = await Promise.all(
    ["a", "b", "c", "d"].map((serial) => postEnrolment({ ...attempt, body: body(serial) })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  const alarms = await query("SELECT code FROM alarms WHERE lot_id = $1", [sample.lotId]);
  expect(alarms).toEqual(Array.from({ length: 3 }, () => ({ code: "enrolment_token_used" })));
  const audit = await query(
    "SELECT action FROM audit_log WHERE lot_id = $1 AND action LIKE 'device.enrol%' ORDER BY action",
    [sample.lotId],
  );
  expect(audit.map(({ action }) => action)).toEqual([
    "device.enrol",
    "device.enrol_refused",
    "device.enrol_refused",
    "device.enrol_refused",
  ]);
});

test("a token is refused to another computer, after its hour, when made up, and in a body that is too large", async () => {
  const sample = await rig.addOperator(seed++);
  const attempt = { hub: rig.hub(), dataDir: rig.dataDir };
  const { csr } = await newRequest();
  const post = async (token: string, serial = "other", extra = "") =>
    postEnrolment({ ...attempt, body: JSON.stringify({ token, serial, csr, extra }) });
  const bound = await rig.token(sample, { serial: "mine" });
  expect(await post(bound)).toMatchObject({ status: 403, body: { code: "token_wrong_serial" } });
  expect(await post(bound, "mine")).toMatchObject({ status: 201, body: { epoch: 1 } });
  const late = await rig.token(sample);
  await query(
    "UPDATE enrolment_tokens SET expires_at = now() - interval '1 second' WHERE lot_id = $1 AND used_at IS NULL",
    [sample.lotId],
  );
  expect(await post(late)).toMatchObject({ status: 410, body: { code: "token_expired" } });
  const madeUp = `gh1.${"A".repeat(43)}.${rig.hub().caFingerprint()}`;
  expect(await post(madeUp)).toMatchObject({ status: 403, body: { code: "token_unknown" } });
  expect(await post(madeUp, "x", "y".repeat(20_000))).toMatchObject({ status: 413, body: { code: "body_too_large" } });
});

test("Verifies: SYNC-19 another lot's certificate with this lot's client id is refused and does not disturb this lot", async () => {
  const [mine, theirs] = [await newEdge(), await newEdge()];
  const edge = await connect(mine.identity);
  await edge.hello();
  await expect(connect(theirs.identity, { clientId: mine.identity.deviceId })).rejects.toThrow();
  await refusalOf(theirs.identity.deviceId, "client_id_mismatch");
  expect(await edge.hello()).toMatchObject({ status: "ok" });
});

test.each([
  ["publish to another lot", (other: string) => ({ topic: other, retain: false, qos: 1 as const })],
  ["retain in its own lot", (_: string, own: string) => ({ topic: own, retain: true, qos: 1 as const })],
  ["publish with QoS 2", (_: string, own: string) => ({ topic: own, retain: false, qos: 2 as const })],
  ["publish to $SYS", () => ({ topic: "$SYS/a/new/clients", retain: false, qos: 1 as const })],
])("Verifies: SYNC-19 a device may not %s: it is cut off, with an audit row", async (_what, attempt) => {
  const [mine, theirs] = [await newEdge(), await newEdge()];
  const edge = await connect(mine.identity);
  const { topic, retain, qos } = attempt(
    topicOf(theirs.identity.address, "up/events"),
    topicOf(mine.identity.address, "up/events"),
  );
  edge.client.publish(topic, "x", { retain, qos });
  await edge.closed;
  expect(await refusalOf(mine.identity.deviceId, "publish_not_allowed")).toMatchObject([{ lot_id: mine.sample.lotId }]);
});

test("Verifies: SYNC-19 a device can't listen outside of its lot, nor with wildcards or shared subscriptions", async () => {
  const [mine, theirs] = [await newEdge(), await newEdge()];
  const edge = await connect(mine.identity);
  const { operatorId, lotId } = mine.identity.address;
  const filters = [
    topicOf(theirs.identity.address, "down/commands"),
    "#",
    `gatehouse/v1/${operatorId}/${lotId}/down/+`,
    `gatehouse/v1/${operatorId}/+/down/confirm`,
    `$share/g/gatehouse/v1/${operatorId}/${lotId}/down/confirm`,
    "$SYS/#",
    topicOf(mine.identity.address, "up/events"),
  ];
  for (const filter of filters) {
    // A refused subscription makes this client's promise reject.
    await expect(edge.client.subscribeAsync(filter, { qos: 1 }), filter).rejects.toThrow();
  }
  expect(await refusalOf(mine.identity.deviceId, "subscribe_not_allowed", filters.length)).toHaveLength(filters.length);
  expect(await edge.hello()).toMatchObject({ status: "ok" });
});

test("Verifies: SYNC-19 a device can't leave a last will but its own status", async () => {
  const [mine, theirs] = [await newEdge(), await newEdge()];
  const will = {
    topic: topicOf(theirs.identity.address, "status"),
    payload: Buffer.from("x"),
    qos: 1 as const,
    retain: true,
  };
  await expect(connect(mine.identity, { will })).rejects.toThrow();
  await refusalOf(mine.identity.deviceId, "will_not_allowed");
  await connect(mine.identity, { will: { ...will, topic: topicOf(mine.identity.address, "status") } });
});

test("without a certificate, or with one of another CA, self-made or expired, the handshake fails", async () => {
  const { identity } = await newEdge();
  const { operatorId, lotId } = identity.address;
  const named = { operatorId, lotId, deviceId: identity.deviceId };
  const foreign = await foreignCertificate(named, Date.now());
  await expect(connect({ ...identity, ...foreign })).rejects.toThrow();
  const [key, ca] = await Promise.all(
    ["ca.key", "ca.crt"].map((file) => readFile(join(rig.dataDir, "hub", file), "utf8")),
  );
  const expired = await ownCertificate(named, { key: key ?? "", ca: ca ?? "", nowMs: Date.now() - 100 * 86_400_000 });
  await expect(connect({ ...identity, ...expired })).rejects.toThrow();
  const good = await ownCertificate(named, { key: key ?? "", ca: ca ?? "", nowMs: Date.now() });
  await expect(connect({ ...identity, ...good }), "a certificate that was not issued at enrolment").rejects.toThrow();
  await refusalOf(identity.deviceId, "certificate_superseded");
  const sql = "SELECT 1 FROM audit_log WHERE details->>'code' = 'tls_refused'";
  await eventually(async () => (await query(sql, [])).length >= 2);
});

test("plain text on the MQTT port gets nowhere", async () => {
  const { port } = rig.hub().addresses().mqtt;
  const answer = await new Promise<string>((resolve) => {
    const socket = connectTcp({ port, host: "127.0.0.1" });
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("close", () => resolve(text));
    socket.on("error", () => undefined);
    socket.write(Buffer.from([0x10, 0x10, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 5, 0, 4, 0x61, 0x62, 0x63, 0x64]));
  });
  // At most a TLS alert (RFC 8446, 5.1): never a CONNACK.
  expect(["", "\u0015"]).toContain(answer.slice(0, 1));
});

test("a revoked device is cut off at once and stays out", async () => {
  const { identity, sample } = await newEdge();
  const edge = await connect(identity);
  await edge.hello();
  await revokeDevice(rig.context, {
    deviceId: identity.deviceId,
    operatorId: sample.operatorId,
    actor: "test",
    reason: "stolen",
  });
  await edge.closed;
  await expect(connect(identity)).rejects.toThrow();
  await refusalOf(identity.deviceId, "device_revoked");
  const foreign = { deviceId: identity.deviceId, operatorId: randomUUID(), actor: "test", reason: "x" };
  await expect(revokeDevice(rig.context, foreign)).rejects.toMatchObject({ code: "not_found" });
});

test("a computer that replaces another takes its lot, and the other is out", async () => {
  const { identity, sample } = await newEdge();
  const old = await connect(identity);
  await old.hello();
  const fresh = await rig.enrol(sample, "serial-2");
  expect(fresh.deviceId).not.toBe(identity.deviceId);
  await old.closed;
  expect(await (await connect(fresh)).hello()).toMatchObject({ status: "ok", cursor: 0 });
});

test("a packet announced as larger than any message is refused before it comes", async () => {
  const { identity } = await newEdge();
  const edge = await connect(identity);
  edge.client.stream.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0x00]));
  await edge.closed;
  await refusalOf(identity.deviceId, "frame_too_large");
});

test("what can't be read is dropped, and the connection goes on", async () => {
  const { identity } = await newEdge();
  const edge = await connect(identity);
  await edge.send("up/hello", "{");
  await edge.send("up/events", "no batch");
  await edge.send("up/events", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]));
  await edge.send("up/telemetry", "[]");
  expect(await edge.hello()).toMatchObject({ status: "ok" });
});

test("an enrolled device can't be had with the token of another hub's CA", async () => {
  const sample = await rig.addOperator(seed++);
  const token = await rig.token(sample);
  expect(token.split(".")[2]).toBe(rig.hub().caFingerprint());
  const enrolled = await enrolTestEdge({ hub: rig.hub(), dataDir: rig.dataDir, token, serial: "s" });
  expect(enrolled.answer.mqtt_url).toBe(`mqtts://127.0.0.1:${rig.hub().addresses().mqtt.port}`);
});

interface Named {
  readonly operatorId: string;
  readonly lotId: string;
  readonly deviceId: string;
}

async function foreignCertificate(named: Named, nowMs: number): Promise<{ key: string; cert: string }> {
  const { context } = rig;
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const certificate = await issueCa(keys, nowMs, context.random);
  const { key, csr } = await newRequest();
  const issuer = { certificate, privateKey: keys.privateKey };
  const cert = (await issueDevice(csr, named, { issuer, nowMs, random: context.random })).toString("pem");
  return { key, cert: `${cert}\n` };
}

async function ownCertificate(
  named: Named,
  { key: caKey, ca, nowMs }: { key: string; ca: string; nowMs: number },
): Promise<{ key: string; cert: string }> {
  const der = createPrivateKey(caKey).export({ type: "pkcs8", format: "der" });
  const privateKey = await webcrypto.subtle.importKey("pkcs8", new Uint8Array(der), KEY_ALGORITHM, false, ["sign"]);
  const { key, csr } = await newRequest();
  const issuer = { certificate: new X509Certificate(ca), privateKey };
  const cert = (await issueDevice(csr, named, { issuer, nowMs, random: rig.context.random })).toString("pem");
  return { key, cert: `${cert}\n` };
}
