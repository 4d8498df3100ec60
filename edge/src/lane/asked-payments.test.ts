import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AskedPayment } from "../peripherals/lane-payments.ts";
import { AskedPayments } from "./asked-payments.ts";
import { MAX_UNCLEAR } from "./unclear-stays.ts";

const random = seededRandom(5);
const id = () => formatUuid(random.bytes(16));
const LANE = id();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-asked-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function opened(): Promise<AskedPayments> {
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const asked = new AskedPayments(folder, log);
  await asked.run();
  return asked;
}

function payment(): AskedPayment {
  const amount = { amountMinor: 450, currency: "EUR" };
  const of = { movementId: id(), sessionId: id(), laneId: LANE };
  return { requestId: id(), amount, ...of, askedAt: 0 as AskedPayment["askedAt"], mark: null, approval: null };
}

it("keeps a stay that may have paid over a restart, and its request no more", async () => {
  const first = await opened();
  const [one, other] = [payment(), payment()];
  await first.keep(one);
  await first.keep(other);
  first.setUnclear(one);
  expect(first.isUnclear(one.sessionId)).toBe(true);
  await first.stop();
  const next = await opened();
  expect(next.isUnclear(one.sessionId)).toBe(true);
  expect(next.isUnclear(other.sessionId)).toBe(false);
  expect(next.left(LANE)).toEqual([other]);
  await next.stop();
});

it("forgets the oldest of very many", async () => {
  const payments = Array.from({ length: MAX_UNCLEAR + 2 }, payment);
  const first = await opened();
  for (const one of payments) {
    await first.keep(one);
    first.setUnclear(one);
  }
  await first.stop();
  for (const run of ["the next", "the one after"]) {
    const next = await opened();
    const known = payments.filter(({ sessionId }) => next.isUnclear(sessionId));
    expect(known, run).toEqual(payments.slice(2));
    await next.stop();
  }
});
