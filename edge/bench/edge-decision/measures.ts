import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import type { DecisionLot } from "./decision-lot.ts";

const clock = systemClock();

/** Times of one call, ms. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Decides and lets the vehicle pass; only the decision is timed. */
export async function timedDecision(lot: DecisionLot): Promise<number> {
  const began = performance.now();
  const decision = await lot.decideNext();
  const tookMs = performance.now() - began;
  if (decision.outcome !== "admit") throw new Error(`The bench's vehicle was not admitted: ${decision.reasons.join()}`);
  await lot.pass(decision);
  return tookMs;
}

/** Calls `work` at a steady pace for `forMs`, whether or not the last call is through; gives the time of each. */
export async function paced(
  work: () => Promise<number>,
  { everyMs, forMs }: { everyMs: number; forMs: number },
): Promise<number[]> {
  const calls: Promise<number>[] = [];
  const start = performance.now();
  for (let due = start; due < start + forMs; due += everyMs) {
    await sleep(clock, Math.max(0, due - performance.now()));
    calls.push(work());
  }
  return Promise.all(calls);
}

/** Gate events a second with `atOnce` vehicles at the lanes all the time: each is decided, then passes. */
export async function eventsPerSecond(
  lot: DecisionLot,
  { atOnce, forMs }: { atOnce: number; forMs: number },
): Promise<number> {
  const before = lot.store.outbox.head().lastN;
  const start = performance.now();
  const vehicle = async (): Promise<void> => {
    while (performance.now() < start + forMs) await lot.pass(await lot.decideNext());
  };
  await Promise.all(Array.from({ length: atOnce }, vehicle));
  return ((lot.store.outbox.head().lastN - before) * 1_000) / (performance.now() - start);
}
