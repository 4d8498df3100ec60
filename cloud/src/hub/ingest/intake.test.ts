import { BATCHES_IN_FLIGHT } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import { expect, test } from "vitest";
import type { IngestAnswer } from "../../services/ingest/ingest-batches.ts";
import { type ReadBatch, readBatch } from "../../services/ingest/read-events.ts";
import { Intake } from "./intake.ts";
import { IntakeBudget } from "./intake-budget.ts";

function batchOf(first: number, count = 1, epoch = 1): ReadBatch {
  const header = { v: 1, device_id: "d", epoch, first, count, previous_hash: ZERO_HASH };
  return readBatch({ header, lines: Array.from({ length: count }, () => "{}") });
}

function rig() {
  const clock = new ManualClock();
  const budget = new IntakeBudget();
  const calls: { first: number[]; succeed: () => void; fail: () => void }[] = [];
  const answers: number[] = [];
  const failures: number[] = [];
  const intake = new Intake({
    clock,
    random: seededRandom(1),
    budget,
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
  return { clock, budget, intake, calls, answers, failures };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("Verifies: SYNC-12 one transaction at a time, in order; what queued up meanwhile goes together", async () => {
  const { intake, calls, answers } = rig();
  for (const first of [1, 2, 3]) await intake.offer(batchOf(first), 10);
  await intake.offer(batchOf(1, 1, 2), 10);
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
  await intake.offer(batchOf(1), 10);
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
  for (let first = 1; first <= queued; first++) expect(await intake.offer(batchOf(first), 10)).toBe(true);
  const waiting = intake.offer(batchOf(queued + 1), 10);
  await turn();
  calls[0]?.succeed();
  expect(await waiting).toBe(true);
  for (let more = 0; more < 2 * BATCHES_IN_FLIGHT - 1; more++) await intake.offer(batchOf(queued + 2 + more), 10);
  const dropped = intake.offer(batchOf(99), 10);
  await turn();
  clock.advance(5_000);
  expect(await dropped).toBe(false);
});

test("the end of a connection drops what waits, gives its memory back and answers nobody", async () => {
  const { intake, budget, calls, answers } = rig();
  await intake.offer(batchOf(1), 200_000_000);
  expect(budget.hasRoom()).toBe(false);
  const blocked = intake.offer(batchOf(2), 10);
  intake.end();
  expect(await blocked).toBe(false);
  calls[0]?.fail();
  await intake.settled();
  expect(answers).toEqual([]);
  expect(budget.hasRoom()).toBe(true);
});
