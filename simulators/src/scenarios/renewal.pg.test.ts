import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SampleOperator } from "@gatehouse/cloud/db/testing/sample-data.ts";
import { eventually, type HubRig, startHubRig } from "@gatehouse/cloud/hub/testing/hub-rig.ts";
import { approveRenewal } from "@gatehouse/cloud/services/devices/approve-renewal.ts";
import { listDevices } from "@gatehouse/cloud/services/devices/list.ts";
import { APPROVAL_LIFE_MS } from "@gatehouse/cloud/services/devices/renew.ts";
import { revokeDevice } from "@gatehouse/cloud/services/devices/revoke.ts";
import { TRUSTED_CLOCK } from "@gatehouse/edge/uplink/certificate-time.ts";
import { enrol } from "@gatehouse/edge/uplink/enrol.ts";
import { type Identity, loadIdentity, saveRenewed } from "@gatehouse/edge/uplink/identity.ts";
import { askForRenewal, type RenewalCall, sayInUse } from "@gatehouse/edge/uplink/renew.ts";
import { DAY_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { laggingClock, RenewingEdge, serialIn, serialOf } from "./renewing-edge.ts";

/** Renewal by TLS that really judges dates: the hub's clock is set back while it enrols, never the computer's. */
const real = systemClock();
const lag = { ms: 0 };
const WAIT_MS = 30_000;
let rig: HubRig;
let seed = 4_000;
let directory: string;
const running: RenewingEdge[] = [];

beforeAll(async () => {
  lag.ms = 200 * DAY_MS;
  rig = await startHubRig({ realClock: laggingClock(lag) });
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gatehouse-renewal-"));
});
afterEach(() => {
  for (const edge of running.splice(0)) edge.kill();
  rmSync(directory, { recursive: true, force: true });
});
afterAll(() => rig?.close());
vi.setConfig({ testTimeout: 2 * MINUTE_MS });

const provisioningUrl = (): string => `https://127.0.0.1:${rig.hub().addresses().provisioning.port}`;

/** An edge whose certificate was given out so many days ago. */
async function enrolled(daysAgo: number): Promise<{ sample: SampleOperator; identity: Identity }> {
  const sample = await rig.addOperator(seed++);
  lag.ms = daysAgo * DAY_MS;
  const token = await rig.token(sample);
  const identity = await enrol({ provisioningUrl: provisioningUrl(), token, serial: "pi", directory, clock: real });
  lag.ms = 0;
  return { sample, identity };
}

function runEdge(...options: ConstructorParameters<typeof RenewingEdge>): RenewingEdge {
  const edge = new RenewingEdge(...options);
  running.push(edge);
  return edge;
}

function callAs(identity: Identity): RenewalCall {
  const { signal } = new AbortController();
  return { identity, provisioningUrl: provisioningUrl(), clock: real, certificateTime: TRUSTED_CLOCK, signal };
}

async function deviceRow(deviceId: string): Promise<Record<string, unknown>> {
  const { rows } = await rig.database.pool.query("SELECT * FROM devices WHERE id = $1", [deviceId]);
  return rows[0];
}

async function alarmsOf(deviceId: string, code: string): Promise<number> {
  const { rows } = await rig.database.pool.query("SELECT 1 FROM alarms WHERE device_id = $1 AND code = $2", [
    deviceId,
    code,
  ]);
  return rows.length;
}

test("a certificate at two thirds of its life is replaced, with a new key, and the old one is shut out", async () => {
  const { identity } = await enrolled(61);
  const edge = runEdge(directory);
  expect(await edge.connect()).toBeNull();
  edge.keeper.run();
  await edge.renewed(serialOf(identity));
  const now = loadIdentity(directory);
  if (!now.ok) throw now.error;
  expect(now.value.privateKey).not.toBe(identity.privateKey);
  expect(now.value).toMatchObject({ deviceId: identity.deviceId, epoch: identity.epoch, ca: identity.ca });
  expect(readdirSync(directory)).toEqual(["identity.json"]);
  expect(await edge.isCutOff()).toBe(false);
  const row = await deviceRow(identity.deviceId);
  expect(row).toMatchObject({ certificate_serial: serialOf(now.value), next_certificate_serial: null });
  await expect(askForRenewal(callAs(identity), "pi")).rejects.toMatchObject({ code: "certificate_superseded" });
});

test("a certificate with more than a half of its life left is kept, also when the edge's clock is a year ahead", async () => {
  const { identity } = await enrolled(30);
  const edge = runEdge(directory, { clockOffMs: 365 * DAY_MS });
  expect(await edge.connect()).toBeNull();
  edge.keeper.run();
  await expect(askForRenewal(callAs(identity), "pi")).rejects.toMatchObject({ code: "renewal_not_due" });
  expect(edge.keeper.problem()).toBeNull();
  expect(serialIn(directory)).toBe(serialOf(identity));
});

test("a power cut during a renewal leaves an identity that the hub takes, and the renewal is made up for", async () => {
  const { identity } = await enrolled(70);
  const restarted = async (): Promise<RenewingEdge> => {
    const edge = runEdge(directory);
    expect(await edge.connect()).toBeNull();
    return edge;
  };
  // The answer never came: the hub has given out a certificate that nobody has.
  await askForRenewal(callAs(identity), "pi");
  (await restarted()).kill();
  expect(serialIn(directory)).toBe(serialOf(identity));
  // Stored, and the power went before it was tried. The one in use is still good.
  const stored = await askForRenewal(callAs(identity), "pi");
  saveRenewed(directory, stored);
  expect(await deviceRow(identity.deviceId)).toMatchObject({ certificate_serial: serialOf(identity) });
  const edge = await restarted();
  edge.keeper.run();
  await edge.renewed(serialOf(identity));
  expect(serialIn(directory)).toBe(serialOf(stored));
});

test("a power cut after the hub took the renewed certificate for the one in use, and before the edge did", async () => {
  const { identity } = await enrolled(70);
  const told = await askForRenewal(callAs(identity), "pi");
  saveRenewed(directory, told);
  await sayInUse(callAs(told));
  await expect(askForRenewal(callAs(identity), "pi")).rejects.toMatchObject({ code: "certificate_superseded" });
  const edge = runEdge(directory);
  expect(await edge.connect()).toBeNull();
  edge.keeper.run();
  await edge.renewed(serialOf(identity));
  expect(serialIn(directory)).toBe(serialOf(told));
});

test("a renewed certificate that the hub has forgotten is passed over for the one in use", async () => {
  const { identity } = await enrolled(70);
  saveRenewed(directory, await askForRenewal(callAs(identity), "pi"));
  // The cloud was set back to before the renewal.
  await rig.database.pool.query("UPDATE devices SET next_certificate_serial = NULL WHERE id = $1", [identity.deviceId]);
  const edge = runEdge(directory);
  expect(await edge.connect()).toBe("broker_refused");
  expect(await edge.connect()).toBeNull();
  edge.keeper.run();
  await edge.renewed(serialOf(identity));
});

test("an edge that was away past its certificate's end gets in again when an operator says so, once", async () => {
  const { sample, identity } = await enrolled(120);
  const { operatorId, lotId } = sample;
  const approval = { operatorId, lotIds: [lotId], deviceId: identity.deviceId, actor: "o", reason: "back" };
  await expect(approveRenewal(rig.context, approval)).rejects.toMatchObject({ code: "conflict" });
  const edge = runEdge(directory);
  expect(await edge.connect()).toBe("tls_refused");
  edge.keeper.run();
  await eventually(async () => edge.keeper.problem()?.includes("operator"), WAIT_MS);
  await expect(askForRenewal(callAs(identity), "pi")).rejects.toMatchObject({ code: "renewal_awaits_approval" });
  expect(await alarmsOf(identity.deviceId, "certificate_expired")).toBe(1);
  const waitsSince = async () => (await listDevices(rig.context, { operatorId }))[0]?.renewalAskedAt;
  expect(await waitsSince()).toBeInstanceOf(Date);
  const foreign = { ...approval, operatorId: identity.deviceId };
  await expect(approveRenewal(rig.context, foreign)).rejects.toMatchObject({ code: "not_found" });

  // An approval that nobody used in a day is void.
  lag.ms = APPROVAL_LIFE_MS + MINUTE_MS;
  await approveRenewal(rig.context, approval);
  lag.ms = 0;
  await expect(askForRenewal(callAs(identity), "pi")).rejects.toMatchObject({ code: "renewal_awaits_approval" });
  expect(await waitsSince()).toBeInstanceOf(Date);

  await approveRenewal(rig.context, approval);
  expect(await waitsSince()).toBeNull();
  await edge.renewed(serialOf(identity));
  expect(await edge.isCutOff()).toBe(false);
  await expect(askForRenewal(callAs(identity), "pi")).rejects.toMatchObject({ code: "certificate_superseded" });
});

test("a revoked device, and whoever shows no certificate of a device, renews nothing", async () => {
  const { sample, identity } = await enrolled(70);
  await revokeDevice(rig.context, {
    operatorId: sample.operatorId,
    deviceId: identity.deviceId,
    actor: "o",
    reason: "stolen",
  });
  await expect(askForRenewal(callAs(identity), "pi")).rejects.toMatchObject({ code: "device_revoked" });
  const answer = await fetchWithout(identity.ca);
  expect(answer).toMatchObject({ status: 401, code: "certificate_unknown" });
  await eventually(async () => {
    const { rows } = await rig.database.pool.query(
      "SELECT 1 FROM audit_log WHERE action = 'hub.refused' AND actor_id = $1 AND details->>'code' = 'device_revoked'",
      [identity.deviceId],
    );
    return rows.length > 0;
  }, WAIT_MS);
});

async function fetchWithout(ca: string): Promise<{ status: number; code: string }> {
  const { port } = rig.hub().addresses().provisioning;
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, ca, agent: false, method: "POST", path: "/v1/renewals" });
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, code: JSON.parse(text).code }));
    });
    sent.end(JSON.stringify({ csr: "x" }));
  });
}
