import { BATCHES_IN_FLIGHT, PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { decodeBatch, encodeBatch } from "@gatehouse/shared/sync/batch.ts";
import { ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import { expect, test } from "vitest";
import type { IngestAnswer } from "../../services/ingest/ingest-batches.ts";
import { readBatch } from "../../services/ingest/read-events.ts";
import { Intake } from "./intake.ts";
import { IntakeBudget } from "./intake-budget.ts";
import { Turnstile } from "./turnstile.ts";

const DEVICE_ID = "0190f3a1-0000-7000-8000-000000000001";
/** More than the budget of a hub. */
const TOO_MANY_BYTES = 130 * 1_048_576;

function batchOf(first: number, epoch = 1): Uint8Array {
  const header = { v: PROTOCOL_VERSION, device_id: DEVICE_ID, epoch, first, count: 1, previous_hash: ZERO_HASH };
  return encodeBatch(header, ["{}"]);
}

function rig(turnstile = new Turnstile({ places: 1, smallPlaces: 0, smallMax: 0 })) {
  const clock = new ManualClock();
  const budget = new IntakeBudget();
  const calls: { first: number[]; succeed: () => void; fail: () => void }[] = [];
  const answers: number[] = [];
  const failures: number[] = [];
  const unpacked: number[] = [];
  const intake = new Intake({
    clock,
    random: seededRandom(1),
    budget,
    turnstile,
    deviceId: DEVICE_ID,
    unpack: (message) => {
      const batch = decodeBatch(message);
      if (!batch.ok) return null;
      unpacked.push(batch.value.header.first);
      return readBatch(batch.value);
    },
    commit: (batches) =>
      new Promise<IngestAnswer>((resolve, reject) => {
        const last = batches.at(-1)?.header;
        const position = {
          epoch: last?.epoch ?? 0,
          cursor: (last?.first ?? 0) + (last?.count ?? 0) - 1,
          hash: ZERO_HASH,
        };
        calls.push({
          first: batches.map(({ header }) => header.first),
          succeed: () => resolve({ status: "ok", message: null, applied: 1, position }),
          fail: () => reject(new Error("the database is gone")),
        });
      }),
    onCommitted: ({ position }) => answers.push(position.cursor),
    onFailure: (_error, attempt) => failures.push(attempt),
  });
  return { clock, budget, intake, unpacked, calls, answers, failures };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("Verifies: SYNC-12 one transaction at a time, in order; what queued up meanwhile goes together", async () => {
  const { intake, calls, answers } = rig();
  for (const first of [1, 2, 3]) await intake.offer(batchOf(first));
  await intake.offer(batchOf(1, 2));
  expect(calls.map(({ first }) => first)).toEqual([[1]]);
  calls[0]?.succeed();
  await turn();
  expect(calls.map(({ first }) => first)).toEqual([[1], [2, 3]]);
  calls[1]?.succeed();
  await turn();
  expect(calls[2]?.first, "another epoch is another transaction").toEqual([1]);
  calls[2]?.succeed();
  await intake.settled();
  expect(answers).toEqual([1, 3, 1]);
});

test("Verifies: SYNC-05 a commit that fails is tried again until it succeeds, and only then answered", async () => {
  const { intake, calls, answers, failures, clock } = rig();
  await intake.offer(batchOf(1));
  for (let attempt = 0; attempt < 4; attempt++) {
    calls[attempt]?.fail();
    await turn();
    expect(answers).toEqual([]);
    clock.advance(5_000);
    await turn();
  }
  expect(failures).toEqual([0, 1, 2, 3]);
  calls[4]?.succeed();
  await intake.settled();
  expect(answers).toEqual([1]);
});

test("a full queue holds its sender back; after a while it drops, since the edge has it on disk", async () => {
  const { intake, calls, clock } = rig();
  const queued = 1 + 2 * BATCHES_IN_FLIGHT;
  for (let first = 1; first <= queued; first++) expect(await intake.offer(batchOf(first))).toBe(true);
  const waiting = intake.offer(batchOf(queued + 1));
  await turn();
  calls[0]?.succeed();
  expect(await waiting).toBe(true);
  for (let more = 0; more < 2 * BATCHES_IN_FLIGHT - 1; more++) await intake.offer(batchOf(queued + 2 + more));
  const dropped = intake.offer(batchOf(99));
  await turn();
  clock.advance(5_000);
  expect(await dropped).toBe(false);
});

test("the end of a connection drops what waits, gives its memory back and answers nobody", async () => {
  const { intake, budget, calls, answers } = rig();
  await intake.offer(batchOf(1));
  await intake.offer(new Uint8Array(TOO_MANY_BYTES));
  expect(budget.hasRoom()).toBe(false);
  const blocked = intake.offer(batchOf(2));
  intake.end();
  expect(await blocked).toBe(false);
  calls[0]?.fail();
  await intake.settled();
  expect(answers).toEqual([]);
  expect(budget.hasRoom()).toBe(true);
});

test("a batch is unpacked when its turn comes, and the next ones while it is being committed", async () => {
  const turnstile = new Turnstile({ places: 1, smallPlaces: 0, smallMax: 0 });
  const { intake, unpacked, calls, clock } = rig(turnstile);
  let leave: () => void = () => undefined;
  const other = turnstile.run("another lot", 1, () => new Promise<void>((resolve) => (leave = resolve)));
  for (const epoch of [1, 2, 3]) await intake.offer(batchOf(1, epoch));
  await turn();
  expect(unpacked).toEqual([]);
  leave();
  await other;
  await turn();
  expect([unpacked.length, calls.length], "its own, and that of another epoch, which ends the run").toEqual([2, 1]);
  clock.advance(100);
  expect(unpacked).toHaveLength(3);
});

test("a message that is no batch is passed over, and what came with it is committed", async () => {
  const { intake, budget, calls, answers } = rig();
  await intake.offer(new Uint8Array(TOO_MANY_BYTES));
  await turn();
  expect(budget.hasRoom(), "given back").toBe(true);
  await intake.offer(batchOf(1));
  calls[0]?.succeed();
  await intake.settled();
  expect(answers).toEqual([1]);
});

test("the end of a connection that waits for its turn leaves the turn to others", async () => {
  const turnstile = new Turnstile({ places: 1, smallPlaces: 0, smallMax: 0 });
  const { intake, calls, answers } = rig(turnstile);
  let leave: () => void = () => undefined;
  void turnstile.run("another lot", 1, () => new Promise<void>((resolve) => (leave = resolve)));
  await intake.offer(batchOf(1));
  intake.end();
  leave();
  await intake.settled();
  expect([calls, answers]).toEqual([[], []]);
  expect(await turnstile.run("third lot", 1, async () => "has a turn")).toBe("has a turn");
});
