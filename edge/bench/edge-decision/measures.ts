import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { median } from "../../../scripts/bench/statistics.ts";
import type { DecisionLot } from "./decision-lot.ts";
import type { Peers } from "./peers.ts";

/** Decisions whose bytes are counted. */
const COUNTED = 50;
const clock = systemClock();

/** Time of one call, ms. */
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

/** Until both write-ahead logs have their lasting size: a file that grows makes each flush dearer. */
export async function warmUp(lot: DecisionLot, peers: Peers, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    await timedDecision(lot);
    peers.bareCommit();
  }
}

/** Bytes that a decision's commit adds to the write-ahead log, on the median. */
export async function decisionBytes(lot: DecisionLot): Promise<number> {
  const counted: number[] = [];
  while (counted.length < COUNTED) {
    const before = lot.logBytes();
    const decision = await lot.decideNext();
    const added = lot.logBytes() - before;
    // The log may have started over in between.
    if (added > 0) counted.push(added);
    await lot.pass(decision);
  }
  return median(counted);
}

export interface Pace {
  readonly everyMs: number;
  readonly times: number;
}

/** Calls `work` at a steady pace, whether or not the call before is through; gives the time that each says it took. */
export async function paced(work: (at: number) => Promise<number>, { everyMs, times }: Pace): Promise<number[]> {
  const calls: Promise<number>[] = [];
  const start = performance.now();
  for (let at = 0; at < times; at++) {
    await sleep(clock, Math.max(0, start + at * everyMs - performance.now()));
    calls.push(work(at));
  }
  return Promise.all(calls);
}

/**
 * The same, but gives the time from the moment at which each call was due to its end: while a flush holds up the thread
 * a read waits before anybody can look at the clock. Timers are up to 1 ms late, so this is for slow flushes only.
 */
export function pacedSinceDue(work: () => Promise<number>, { everyMs, times }: Pace): Promise<number[]> {
  const start = performance.now();
  const sinceDue = async (at: number): Promise<number> => {
    const waitedMs = performance.now() - (start + at * everyMs);
    return waitedMs + (await work());
  };
  return paced(sinceDue, { everyMs, times });
}

/** Gate events a second with `atOnce` vehicles at the lanes all the time: each is decided, then passes. */
export async function eventsPerSecond(
  lot: DecisionLot,
  { atOnce, forMs }: { readonly atOnce: number; readonly forMs: number },
): Promise<number> {
  const before = lot.store.outbox.head().lastN;
  const start = performance.now();
  const vehicle = async (): Promise<void> => {
    while (performance.now() < start + forMs) await lot.pass(await lot.decideNext());
  };
  await Promise.all(Array.from({ length: atOnce }, vehicle));
  return ((lot.store.outbox.head().lastN - before) * 1_000) / (performance.now() - start);
}

/** Calls a second of something that doesn't wait. */
export function ratesOf(work: () => void, forMs: number): number {
  const start = performance.now();
  let calls = 0;
  for (; performance.now() < start + forMs; calls++) work();
  return (calls * 1_000) / (performance.now() - start);
}
