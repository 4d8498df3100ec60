import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SampleOperator } from "@gatehouse/cloud/db/testing/sample-data.ts";
import { eventually, type HubRig, startHubRig } from "@gatehouse/cloud/hub/testing/hub-rig.ts";
import { createMosquitto, freePort, haveMosquitto, type Mosquitto } from "@gatehouse/cloud/hub/testing/mosquitto.ts";
import { approveRenewal } from "@gatehouse/cloud/services/devices/approve-renewal.ts";
import { revokeDevice } from "@gatehouse/cloud/services/devices/revoke.ts";
import { enrol } from "@gatehouse/edge/uplink/enrol.ts";
import { type Identity, loadIdentity } from "@gatehouse/edge/uplink/identity.ts";
import { DAY_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { laggingClock, RenewingEdge, serialIn, serialOf } from "./renewing-edge.ts";

const broker = await haveMosquitto();
if (!broker.ok) process.stderr.write(`Skipped, renewal over Mosquitto: ${broker.why}.\n`);

const WAIT_MS = 30_000;
const lag = { ms: 0 };
let rig: HubRig;
let mosquitto: Mosquitto;
let seed = 4_500;
let directory: string;
const running: RenewingEdge[] = [];

beforeAll(async () => {
  if (!broker.ok) return;
  const port = await freePort();
  // The hub is there first: it writes what the broker reads. Its CA is older than the oldest certificate here.
  lag.ms = 200 * DAY_MS;
  rig = await startHubRig({ realClock: laggingClock(lag), brokerUrl: `mqtts://127.0.0.1:${port}` });
  lag.ms = 0;
  mosquitto = createMosquitto({ port, folder: join(rig.dataDir, "hub", "broker"), scratch: rig.dataDir });
  await newList();
  await mosquitto.start();
}, 5 * MINUTE_MS);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gatehouse-renewal-"));
});
afterEach(() => {
  for (const edge of running.splice(0)) edge.kill();
  rmSync(directory, { recursive: true, force: true });
});
afterAll(async () => {
  await mosquitto?.kill("SIGKILL");
  await rig?.close();
});

/** A device enrolled twice: its first certificate goes onto a revocation list that is of today. */
async function newList(): Promise<void> {
  const sample = await rig.addOperator(seed++);
  await rig.enrol(sample);
  await rig.enrol(sample);
}

/** An edge whose certificate was given out so many days ago. */
async function enrolled(daysAgo: number): Promise<{ sample: SampleOperator; identity: Identity }> {
  const sample = await rig.addOperator(seed++);
  lag.ms = daysAgo * DAY_MS;
  const token = await rig.token(sample);
  const provisioningUrl = `https://127.0.0.1:${rig.hub().addresses().provisioning.port}`;
  const identity = await enrol({ provisioningUrl, token, serial: "pi", directory, clock: systemClock() });
  lag.ms = 0;
  await newList();
  return { sample, identity };
}

function runEdge(...as: [] | [{ readonly identity: Identity }]): RenewingEdge {
  const edge = new RenewingEdge(directory, ...as);
  running.push(edge);
  return edge;
}

/** Tries until the broker, which reads its lists anew before each try, answers like this. */
async function connects(edge: RenewingEdge, isAnswer: (code: string | null) => boolean): Promise<void> {
  await eventually(async () => {
    await mosquitto.reload();
    return isAnswer(await edge.connect());
  }, WAIT_MS);
}

test.runIf(broker.ok)(
  "an edge renews its certificate while Mosquitto carries it, and the one before is refused there",
  { timeout: 3 * MINUTE_MS },
  async () => {
    const { identity } = await enrolled(61);
    expect(identity.mqttUrl).toContain("mqtts://127.0.0.1:");
    const edge = runEdge();
    await connects(edge, (code) => code === null);
    edge.keeper.run();
    await edge.renewed(serialOf(identity));
    expect(loadIdentity(directory)).toMatchObject({ ok: true, value: { deviceId: identity.deviceId } });
    await connects(edge, (code) => code === null);
    // Whoever has the old key is shut out as soon as the broker reads the list on which it stands.
    await connects(runEdge({ identity }), (code) => code === "tls_refused");
  },
);

test.runIf(broker.ok)(
  "an edge that was away past its certificate's end comes back over Mosquitto once an operator says so",
  { timeout: 3 * MINUTE_MS },
  async () => {
    const { sample, identity } = await enrolled(150);
    const { operatorId, lotId } = sample;
    const edge = runEdge();
    await connects(edge, (code) => code === "tls_refused");
    edge.keeper.run();
    await eventually(async () => edge.keeper.problem()?.includes("operator"), WAIT_MS);
    await approveRenewal(rig.context, {
      ...{ operatorId, lotIds: [lotId], deviceId: identity.deviceId },
      ...{ actor: "o", reason: "back" },
    });
    await edge.renewed(serialOf(identity));
    await connects(edge, (code) => code === null);
    expect(serialIn(directory)).not.toBe(serialOf(identity));
  },
);

test.runIf(broker.ok)(
  "a renewed certificate of a device that is then revoked is refused by Mosquitto",
  { timeout: 3 * MINUTE_MS },
  async () => {
    const { sample, identity } = await enrolled(70);
    const edge = runEdge();
    await connects(edge, (code) => code === null);
    edge.keeper.run();
    await edge.renewed(serialOf(identity));
    const { operatorId } = sample;
    await revokeDevice(rig.context, { operatorId, deviceId: identity.deviceId, actor: "o", reason: "stolen" });
    await connects(edge, (code) => code === "tls_refused");
  },
);
