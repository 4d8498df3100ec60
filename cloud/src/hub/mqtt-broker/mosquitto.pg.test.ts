import { createPrivateKey, webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { topicOf } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { DAY_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SampleOperator } from "../../db/testing/sample-data.ts";
import { listDevices } from "../../services/devices/list.ts";
import { revokeDevice } from "../../services/devices/revoke.ts";
import { issueCa, issueDevice, KEY_ALGORITHM } from "../ca/issue.ts";
import { X509Certificate } from "../ca/x509.ts";
import { EventScript } from "../testing/event-script.ts";
import { eventually, type HubRig, startHubRig } from "../testing/hub-rig.ts";
import { createMosquitto, freePort, haveMosquitto, type Mosquitto } from "../testing/mosquitto.ts";
import { newRequest, TestEdge, type TestIdentity } from "../testing/test-edge.ts";

const broker = await haveMosquitto();
if (!broker.ok) process.stderr.write(`Skipped, Mosquitto as the hub's broker: ${broker.why}.\n`);

/** Generous: a condition that comes ends the wait. */
const WAIT_MS = 15_000;
const NOT_AUTHORISED = 0x87;
let rig: HubRig;
let mosquitto: Mosquitto;
let port = 0;
let seed = 900;
const edges: TestEdge[] = [];

beforeAll(async () => {
  if (!broker.ok) return;
  port = await freePort();
  // The hub is there first: it writes what the broker reads.
  rig = await startHubRig({ brokerUrl: `mqtts://127.0.0.1:${port}` });
  mosquitto = createMosquitto({ port, folder: join(rig.dataDir, "hub", "broker"), scratch: rig.dataDir });
  await mosquitto.start();
}, 5 * MINUTE_MS);
afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.end().catch(() => undefined)));
});
afterAll(async () => {
  await mosquitto?.kill("SIGKILL");
  await rig?.close();
});

async function connect(...[identity, options]: Parameters<typeof TestEdge.connect>): Promise<TestEdge> {
  const edge = await TestEdge.connect(identity, options);
  edges.push(edge);
  return edge;
}

/** Enrols an edge, and has the broker read the list that names it. */
async function newEdge(): Promise<{ sample: SampleOperator; identity: TestIdentity; script: EventScript }> {
  const sample = await rig.addOperator(seed++);
  const identity = await rig.enrol(sample);
  await listed((acl) => acl.includes(`user ${identity.deviceId}\n`));
  await mosquitto.reload();
  const script = new EventScript({ ...sample, deviceId: identity.deviceId, epoch: 1, seed });
  return { sample, identity, script };
}

/** Waits until the hub has written a list that `isDone` likes. */
async function listed(isDone: (acl: string) => boolean): Promise<void> {
  const path = join(rig.dataDir, "hub", "broker", "acl");
  await eventually(async () => isDone(await readFile(path, "utf8")), WAIT_MS);
}

/** Connects and says hello until the hub, which may itself be connecting, has answered. */
async function greet(identity: TestIdentity, head: Parameters<TestEdge["hello"]>[0] = {}): Promise<TestEdge> {
  return eventually(async () => {
    const edge = await connect(identity).catch(() => null);
    const answer = await edge?.hello(head).catch(() => null);
    return answer && edge;
  }, 2 * WAIT_MS);
}

async function refusals(deviceId: string, code: string): Promise<number> {
  const { rows } = await rig.database.pool.query(
    "SELECT 1 FROM audit_log WHERE actor_id = $1 AND action = 'hub.refused' AND details->>'code' = $2",
    [deviceId, code],
  );
  return rows.length;
}

/** The reason code of the broker's answer to a message of MQTT 5. */
async function codeOf(edge: TestEdge, topic: string): Promise<number> {
  const failure = await edge.client.publishAsync(topic, "x", { qos: 1 }).then(
    () => null,
    (error: { code?: unknown }) => error,
  );
  return Number(failure?.code ?? 0);
}

test.runIf(broker.ok)(
  "Verifies: SYNC-17 over Mosquitto events are confirmed, and killing the broker loses none",
  { timeout: 2 * MINUTE_MS },
  async () => {
    const { identity, script } = await newEdge();
    for (let i = 0; i < 20; i++) script.leave(script.enter(`M${i}`), `M${i}`, 200);
    const head = { last_n: script.lastN, last_hash: script.lastHash };
    const edge = await greet(identity, head);
    await edge.send("up/events", script.bytes(1, 30));
    await edge.confirm((confirm) => confirm.cursor === 30);
    // The broker dies with a batch under way, which may be lost or not.
    edge.client.publish(topicOf(identity.address, "up/events"), Buffer.from(script.bytes(31, 60)), { qos: 1 });
    await mosquitto.kill("SIGKILL");
    await edge.closed;
    await mosquitto.start();
    const again = await greet(identity, head);
    const { cursor } = await again.hello(head);
    expect([30, 60]).toContain(cursor);
    await again.send("up/events", script.bytes(cursor + 1, script.lastN));
    expect(await again.confirm((confirm) => confirm.cursor === script.lastN)).toMatchObject({ hash: script.lastHash });
    const { rows } = await rig.database.pool.query(
      "SELECT count(*)::int AS events FROM edge_events WHERE device_id = $1",
      [identity.deviceId],
    );
    expect(rows).toEqual([{ events: script.lastN }]);
  },
);

test.runIf(broker.ok)("an edge counts as connected until its last will", { timeout: MINUTE_MS }, async () => {
  const { sample, identity } = await newEdge();
  const status = (online: boolean): string =>
    JSON.stringify({ v: 1, device_id: identity.deviceId, online, at: 1_790_000_000_000 });
  const isConnected = async (): Promise<boolean> => {
    const found = await listDevices(rig.context, { operatorId: sample.operatorId });
    return found.some((device) => device.connected);
  };
  const edge = await connect(identity, {
    will: { topic: topicOf(identity.address, "status"), payload: Buffer.from(status(false)), qos: 1, retain: true },
  });
  await edge.client.publishAsync(topicOf(identity.address, "status"), status(true), { qos: 1, retain: true });
  await eventually(isConnected, WAIT_MS);
  edge.cut();
  await eventually(async () => !(await isConnected()), WAIT_MS);
});

test.runIf(broker.ok)(
  "Verifies: SYNC-19 Mosquitto refuses all topics but the own lot's, and delivers none of them",
  { timeout: MINUTE_MS },
  async () => {
    const { identity } = await newEdge();
    const other = await newEdge();
    const edge = await connect(identity, { protocolVersion: 5 });
    const theirs = topicOf(other.identity.address, "up/events");
    const own = topicOf(identity.address, "up/hello");
    expect(await codeOf(edge, own)).toBe(0);
    for (const topic of [theirs, topicOf(identity.address, "down/commands"), "other", `${own}/x`, `/${own}`])
      expect(await codeOf(edge, topic), topic).toBe(NOT_AUTHORISED);
    const heard: string[] = [];
    edge.client.on("message", (topic) => heard.push(topic));
    for (const filter of ["#", "gatehouse/#", "$share/x/gatehouse/#", topicOf(other.identity.address, "down/confirm")])
      await edge.client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
    const neighbour = await greet(other.identity);
    await neighbour.hello();
    // Its own answer comes after whatever it might have heard of the neighbour's.
    await edge.hello();
    expect(heard.every((topic) => topic.startsWith(`gatehouse/v1/${identity.address.operatorId}/`))).toBe(true);
    expect(heard).not.toEqual([]);
  },
);

test.runIf(broker.ok)(
  "Verifies: SYNC-19 another lot's certificate with this lot's client id does not disturb this lot",
  { timeout: MINUTE_MS },
  async () => {
    const { identity } = await newEdge();
    const other = await newEdge();
    const edge = await greet(identity);
    const thief = await connect(other.identity, { clientId: identity.deviceId }).catch(() => null);
    await thief?.client.publishAsync(topicOf(other.identity.address, "up/telemetry"), "{}", { qos: 1 });
    expect(await edge.hello()).toMatchObject({ status: "ok" });
  },
);

test.runIf(broker.ok)(
  "no certificate, a foreign, an expired or a self-signed one, and plain MQTT are refused",
  { timeout: MINUTE_MS },
  async () => {
    const { identity } = await newEdge();
    const { random } = rig.context;
    const named = { ...identity.address, deviceId: identity.deviceId };
    const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
    const now = Date.now();
    const foreign = { certificate: await issueCa(keys, now, random), privateKey: keys.privateKey };
    const folder = join(rig.dataDir, "hub");
    const der = createPrivateKey(await readFile(join(folder, "ca.key"))).export({ type: "pkcs8", format: "der" });
    const privateKey = await webcrypto.subtle.importKey("pkcs8", new Uint8Array(der), KEY_ALGORITHM, false, ["sign"]);
    const ours = { certificate: new X509Certificate(identity.ca), privateKey };
    const make = async (issuer: typeof ours, nowMs: number): Promise<TestIdentity> => {
      const { key, csr } = await newRequest();
      const cert = (await issueDevice(csr, named, { issuer, nowMs, random })).toString("pem");
      return { ...identity, key, cert: `${cert}\n` };
    };
    await connect(await make(ours, now));
    await expect(connect(await make(ours, now - 91 * DAY_MS))).rejects.toThrow();
    await expect(connect(await make(foreign, now))).rejects.toThrow();
    await expect(connect({ ...identity, key: "", cert: "" })).rejects.toThrow();
    expect(await plainAnswer()).toBe("");
  },
);

/** What comes back to a CONNECT of MQTT 3.1.1 without TLS. */
function plainAnswer(): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connectTcp(port, "127.0.0.1", () =>
      socket.write(Buffer.from("100d00044d5154540402003c000178", "hex")),
    );
    // A TLS alert is no CONNACK.
    socket.on("data", (chunk) => (answer += chunk[0] === 0x20 ? chunk.toString("hex") : ""));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}

test.runIf(broker.ok)(
  "a revoked device is refused by the hub at once, and by the broker when it has read the new lists",
  { timeout: MINUTE_MS },
  async () => {
    const { sample, identity, script } = await newEdge();
    script.enter("REVOKED");
    await greet(identity);
    // MQTT 5 tells what becomes of a message; the same client id takes the place of the connection before.
    const edge = await connect(identity, { protocolVersion: 5 });
    await edge.hello();
    const { operatorId } = sample;
    await revokeDevice(rig.context, { operatorId, deviceId: identity.deviceId, actor: "test", reason: "stolen" });
    await eventually(async () => {
      const [device] = await listDevices(rig.context, { operatorId });
      return device?.connected === false;
    }, WAIT_MS);
    await eventually(async () => {
      await edge.send("up/events", script.bytes(1, script.lastN));
      return (await refusals(identity.deviceId, "device_revoked")) > 0;
    }, WAIT_MS);
    const { rows } = await rig.database.pool.query("SELECT 1 FROM edge_events WHERE device_id = $1", [
      identity.deviceId,
    ]);
    expect(rows).toEqual([]);
    await listed((acl) => !acl.includes(identity.deviceId));
    await mosquitto.reload();
    // Some versions cut it, others only refuse what it says.
    const stopped = await Promise.race([
      codeOf(edge, topicOf(identity.address, "up/hello")),
      edge.closed.then(() => NOT_AUTHORISED),
    ]);
    expect(stopped).toBe(NOT_AUTHORISED);
    await eventually(async () => {
      await mosquitto.reload();
      return (await connect(identity).catch(() => null)) === null;
    }, WAIT_MS);
  },
);

test.runIf(broker.ok)(
  "the certificate that a device had before it was enrolled anew is refused",
  { timeout: MINUTE_MS },
  async () => {
    const { sample, identity } = await newEdge();
    const next = await rig.enrol(sample);
    expect(next.deviceId).toBe(identity.deviceId);
    await eventually(async () => {
      await mosquitto.reload();
      return (await connect(identity).catch(() => null)) === null;
    }, WAIT_MS);
    expect(await greet(next)).toBeDefined();
  },
);

test.runIf(broker.ok).each([
  ["lets every lot's topics through", (config: string) => config.replace(/^acl_file .*$/m, "")],
  [
    "lets clients in without a certificate",
    (config: string) =>
      config
        .replace("require_certificate true", "require_certificate false")
        .replace("allow_anonymous false", "allow_anonymous true")
        .replace("use_identity_as_username true", "")
        .replace("use_username_as_clientid true", "")
        .replace(/^crlfile .*$/m, ""),
  ],
  ["lets a client throw off another", (config: string) => config.replace("use_username_as_clientid true", "")],
])("Verifies: SYNC-19 the hub does not start with a broker that %s", { timeout: MINUTE_MS }, async (_what, change) => {
  const open = await freePort();
  const unsafe = createMosquitto({
    port: open,
    folder: join(rig.dataDir, "hub", "broker"),
    scratch: rig.dataDir,
  });
  await unsafe.start(change);
  try {
    const failure = await startHubRig({ brokerUrl: `mqtts://127.0.0.1:${open}`, dataDir: rig.dataDir }).then(
      async (started) => started.close().then(() => null),
      (error: unknown) => error,
    );
    expect(errorCode(failure)).toBe("broker_unsafe");
  } finally {
    await unsafe.kill("SIGKILL");
  }
});

/** Backends that have the lease (granted), or wait for it. */
async function leases(granted: boolean): Promise<readonly number[]> {
  const { rows } = await rig.database.pool.query<{ pid: number }>(
    `SELECT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND a.datname = current_database() AND l.granted = $1`,
    [granted],
  );
  return rows.map(({ pid }) => pid);
}

test.runIf(broker.ok)(
  "Verifies: SYNC-17 of two hubs one serves; when its session ends the other goes on, and loses and doubles nothing",
  { timeout: 3 * MINUTE_MS },
  async () => {
    const { identity, script } = await newEdge();
    for (let i = 0; i < 40; i++) script.leave(script.enter(`S${i}`), `S${i}`, 200);
    const edge = await greet(identity, { last_n: script.lastN, last_hash: script.lastHash });
    /** Sends like an edge: again until it is confirmed, since nobody may listen at the moment. */
    const confirmed = (first: number, last: number): Promise<unknown> =>
      eventually(async () => {
        await edge.send("up/events", script.bytes(first, last));
        return edge.confirm(({ cursor }) => cursor === last).catch(() => null);
      }, 2 * WAIT_MS);
    const second = rig.anotherHub();
    await second.run();
    try {
      await eventually(async () => (await leases(false)).length === 1, WAIT_MS);
      const [firstHolder] = await leases(true);
      await confirmed(1, 30);
      await confirmed(31, 60);
      expect(await leases(true)).toEqual([firstHolder]);
      // As a kill of the first hub's process ends it: Postgres alone knows.
      await rig.database.pool.query("SELECT pg_terminate_backend($1)", [firstHolder]);
      await eventually(async () => {
        const [holder] = await leases(true);
        return holder !== undefined && holder !== firstHolder && (await leases(false)).length === 1;
      }, WAIT_MS);
      await confirmed(61, 90);
    } finally {
      await second.stop();
    }
    await eventually(async () => (await leases(true)).length === 1 && (await leases(false)).length === 0, WAIT_MS);
    await confirmed(91, script.lastN);
    const { rows } = await rig.database.pool.query(
      "SELECT count(*)::int AS events FROM edge_events WHERE device_id = $1",
      [identity.deviceId],
    );
    expect(rows).toEqual([{ events: script.lastN }]);
  },
);
