import fc from "fast-check";
import { expect, test } from "vitest";
import { FairQueue } from "./fair-queue.ts";

interface Job {
  readonly key: string;
  readonly cost: number;
  readonly at: number;
}

const COST_MAX = 2_000;
const KEYS = ["a", "b", "c", "d", "e"];

/** Arrivals and services in any order; true: somebody asks, false: the next one is served. */
const asked = fc.record({ key: fc.constantFrom(...KEYS), cost: fc.integer({ min: 1, max: COST_MAX }) });
const steps = fc.array(fc.oneof(asked, fc.constant(null)), { maxLength: 300 });

test("all that is put in comes out, of each key in the order of its arrival", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new FairQueue<Job>();
      const put: Job[] = [];
      const got: Job[] = [];
      for (const [at, step] of all.entries()) {
        if (step) {
          put.push({ ...step, at });
          queue.push(step.key, step.cost, { ...step, at });
        } else got.push(...takeOne(queue, at));
      }
      for (let job = queue.shift(); job; job = queue.shift()) got.push(job);
      for (const key of KEYS) expect(ofKey(got, key)).toEqual(ofKey(put, key));
    }),
  );
});

test("nobody starves: while a job waits that has nothing of its key before it, no other gets more than its cost and a job", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: COST_MAX }), fc.infiniteStream(asked), (before, cost, others) => {
      const queue = new FairQueue<Job>();
      for (const [at, step] of before.entries()) {
        if (step) queue.push(step.key, step.cost, { ...step, at });
        else queue.shift();
      }
      queue.push("waiting", cost, { key: "waiting", cost, at: -1 });
      const given = new Map<string, number>();
      for (let job = queue.shift(); job && job.key !== "waiting"; job = queue.shift()) {
        const sum = (given.get(job.key) ?? 0) + job.cost;
        given.set(job.key, sum);
        expect(sum).toBeLessThanOrEqual(cost + COST_MAX);
        const next = others.next().value;
        if (next) queue.push(next.key, next.cost, { ...next, at: -1 });
      }
    }),
  );
});

test("who asks for little is next, whatever a hundred others have waiting", () => {
  const queue = new FairQueue<string>();
  for (let round = 0; round < 3; round++)
    for (let lot = 0; lot < 100; lot++) queue.push(`lot ${lot}`, 2_000, "backlog");
  for (let served = 0; served < 150; served++) expect(queue.shift()).toBe("backlog");
  queue.push("new lot", 5, "fresh");
  expect(queue.shift()).toBe("fresh");
});

test("a key is no better off by many small jobs than by a few large ones", () => {
  const queue = new FairQueue<string>();
  for (let job = 0; job < 100; job++) queue.push("small", 10, "small");
  for (let job = 0; job < 10; job++) queue.push("large", 100, "large");
  const served = Array.from({ length: 55 }, () => queue.shift());
  expect(served.filter((name) => name === "large")).toHaveLength(5);
});

test("what cost more than was said is made up for at the next turn", () => {
  const queue = new FairQueue<string>();
  queue.push("liar", 1, "liar");
  expect(queue.shift()).toBe("liar");
  queue.charge("liar", 500);
  queue.push("liar", 1, "liar again");
  queue.push("other", 400, "other");
  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(["other", "liar again", null]);
});

test("a key that has been away is owed nothing, and ten thousand keys are not remembered", () => {
  const queue = new FairQueue<string>();
  for (let at = 0; at < 10_000; at++) {
    queue.push(`lot ${at}`, 10, "");
    queue.push("steady", 10, "");
    queue.shift();
    queue.shift();
  }
  expect(queue.remembered).toBeLessThan(2_100);
});

/** By turns in turn and early; what is taken early has to be the first of its key as well. */
function takeOne(queue: FairQueue<Job>, at: number): Job[] {
  const job = at % 3 === 0 ? queue.shiftEarly(({ key }) => key === "a") : queue.shift();
  return job ? [job] : [];
}

function ofKey(jobs: readonly Job[], wanted: string): readonly number[] {
  return jobs.filter(({ key }) => key === wanted).map(({ at }) => at);
}
