import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenDatabase, openDatabase } from "../../db/database.ts";
import { type RunningCloud, runCloud } from "../../process/testing/running-cloud.ts";

let cloud: RunningCloud;
let database: OpenDatabase;
const deviceId = randomUUID();

beforeAll(async () => {
  cloud = await runCloud({ seed: 720 });
  database = openDatabase({ url: cloud.databaseUrl, maxConnections: 2 });
  const { operatorId, lotId } = cloud.sample;
  await database.pool.query(
    `INSERT INTO devices (id, operator_id, lot_id, serial, certificate_serial, certificate_not_after, enrolled_at)
     VALUES ($1, $2, $3, 's', 'c', now(), now())`,
    [deviceId, operatorId, lotId],
  );
  await database.pool.query(
    `INSERT INTO device_streams (device_id, lot_id, epoch, cursor, hash, forked_at, stopped_for, updated_at)
     VALUES ($1, $2, 3, 9, 'x', now(), 'rolled_back', now())`,
    [deviceId, lotId],
  );
  await database.pool.query(
    `INSERT INTO device_links (device_id, lot_id, since, last_seen_at) VALUES ($1, $2, now(), now())`,
    [deviceId, lotId],
  );
  await database.pool.query(
    `INSERT INTO dead_letters (device_id, epoch, n, lot_id, raw, hash, code, message, received_at)
     VALUES ($1, 3, 4, $2, '{', '', 'not_json', 'no JSON', now())`,
    [deviceId, lotId],
  );
});
afterAll(async () => {
  await database?.close();
  await cloud?.stop();
});

async function ask(path: string, { as = "admin" as "admin" | "viewer", body = null as object | null } = {}) {
  const headers = { authorization: `Bearer ${cloud.sample.tokens[as]}`, "content-type": "application/json" };
  const init = body === null ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(`${cloud.api}/api/v1${path}`, init);
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

test("Verifies: SYNC-15: an operator sees what waits, tries it again, and gives it up", async () => {
  const letters = `/parking-lots/${cloud.sample.lotId}/dead-letters`;
  const one = `${letters}/${deviceId}/3/4`;
  const reason = { reason: "a broken line" };
  expect(await ask(letters, { as: "viewer" })).toMatchObject({
    status: 200,
    body: { total: 1, data: [{ n: 4, body: "{" }] },
  });
  expect(await ask(one)).toMatchObject({ status: 200, body: { code: "not_json", settled_as: null } });
  expect(await ask(`${letters}/${deviceId}/3/5`)).toMatchObject({ status: 404 });
  expect(await ask(`${one}/redeliver`, { body: reason })).toMatchObject({ status: 409 });
  expect(await ask(`${one}/discard`, { as: "viewer", body: reason })).toMatchObject({ status: 403 });
  expect(await ask(`${one}/discard`, { body: {} })).toMatchObject({ status: 400 });
  expect(await ask(`${one}/discard`, { body: reason })).toMatchObject({
    status: 200,
    body: { settled_as: "discarded" },
  });
  expect(await ask(letters)).toMatchObject({ body: { total: 0 } });
  expect(await ask(`${letters}?state=settled`)).toMatchObject({ body: { total: 1 } });
});

test("Verifies: SYNC-08: an operator sees a device that was set apart, and releases it", async () => {
  const found = await ask("/devices", { as: "viewer" });
  expect(found.body.data).toMatchObject([{ id: deviceId, stopped_for: "rolled_back", epoch: 3, epoch_due: false }]);
  const release = `/devices/${deviceId}/release`;
  expect(await ask(release, { as: "viewer", body: { reason: "old card" } })).toMatchObject({ status: 403 });
  expect(await ask(release, { body: { reason: "old card" } })).toEqual({ status: 200, body: { epoch: 4 } });
  const after = await ask("/devices");
  expect(after.body.data).toMatchObject([{ stopped_for: null, forked_at: null, epoch: 4, epoch_due: true }]);
});
