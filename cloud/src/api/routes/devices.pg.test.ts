import { randomUUID } from "node:crypto";
import { DAY_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenDatabase, openDatabase } from "../../db/database.ts";
import { sampleOperator } from "../../db/testing/sample-data.ts";
import { setUpOperator } from "../../process/setup.ts";
import { type RunningCloud, runCloud } from "../../process/testing/running-cloud.ts";

const clock = systemClock();
const reason = "the computer was in a drawer since spring";

let cloud: RunningCloud;
let database: OpenDatabase;

beforeAll(async () => {
  cloud = await runCloud({ seed: 730 });
  database = openDatabase({ url: cloud.databaseUrl, maxConnections: 2 });
});
afterAll(async () => {
  await database?.close();
  await cloud?.stop();
});

const query = async (sql: string, values: unknown[]) => (await database.pool.query(sql, values)).rows;

/** A device whose certificate has expired; `asks`: it has asked to renew it. */
async function expiredDevice({ operatorId, lotId }: { operatorId: string; lotId: string }, asks: boolean) {
  const id = randomUUID();
  await query(
    `INSERT INTO devices (id, operator_id, lot_id, serial, certificate_serial, certificate_not_after, enrolled_at,
       renewal_asked_at) VALUES ($1, $2, $3, $4::text, 'c-' || $4::text, now() - interval '60 days', now() - interval '1 year', $5)`,
    [id, operatorId, lotId, `serial-${id}`, asks ? new Date(clock.wall()) : null],
  );
  return id;
}

async function approve(deviceId: string, { as = "admin" as "admin" | "viewer", body = { reason } as object } = {}) {
  const headers = { authorization: `Bearer ${cloud.sample.tokens[as]}`, "content-type": "application/json" };
  const init = { headers, method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(`${cloud.api}/api/v1/devices/${deviceId}/approve-renewal`, init);
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

const approvedAt = async (deviceId: string) =>
  (await query("SELECT renewal_approved_at FROM devices WHERE id = $1", [deviceId]))[0]?.renewal_approved_at;

test("a device that came back after months may renew once somebody in charge has said so, within a day", async () => {
  const deviceId = await expiredDevice(cloud.sample, true);
  const before = clock.wall();
  const answer = await approve(deviceId);
  expect(answer.status).toBe(200);
  const until = Date.parse(String(answer.body.approved_until));
  expect(until).toBeGreaterThanOrEqual(before + DAY_MS);
  expect(until).toBeLessThan(before + DAY_MS + 10 * MINUTE_MS);
  expect(await approvedAt(deviceId)).toBeInstanceOf(Date);
  expect((await approve(deviceId)).status, "said twice is no harm").toBe(200);
  const audit = await query("SELECT action, details FROM audit_log WHERE subject_id = $1 ORDER BY at", [deviceId]);
  const row = { action: "device.approve_renewal", details: { reason, certificate: `c-serial-${deviceId}` } };
  expect(audit).toEqual([row, row]);
});

test("who may only look, gives no reason, or names a device that is not theirs, changes nothing", async () => {
  const own = await expiredDevice(cloud.sample, true);
  expect(await approve(own, { as: "viewer" })).toMatchObject({ status: 403, body: { code: "forbidden" } });
  expect(await approve(own, { body: {} })).toMatchObject({ status: 400 });
  expect(await approve(own, { body: { reason: "" } })).toMatchObject({ status: 400 });
  const stranger = sampleOperator({ seed: 731 });
  await setUpOperator({ db: database.db, clock, newId: () => randomUUID(), data: stranger.data });
  const foreign = await expiredDevice(stranger, true);
  expect(await approve(foreign)).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(await approve(randomUUID())).toMatchObject({ status: 404 });
  expect(await approve("no-id")).toMatchObject({ status: 400 });
  for (const deviceId of [own, foreign]) expect(await approvedAt(deviceId)).toBeNull();
});

test("a device that has not asked, or was revoked, gets no approval", async () => {
  const silent = await expiredDevice(cloud.sample, false);
  expect(await approve(silent)).toMatchObject({ status: 409, body: { code: "conflict" } });
  const revoked = await expiredDevice(cloud.sample, true);
  await query("UPDATE devices SET revoked_at = now(), revoked_reason = 'stolen' WHERE id = $1", [revoked]);
  expect(await approve(revoked)).toMatchObject({ status: 404 });
  for (const deviceId of [silent, revoked]) expect(await approvedAt(deviceId)).toBeNull();
});
