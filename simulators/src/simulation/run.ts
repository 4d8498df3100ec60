import type { Writable } from "node:stream";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { SITUATIONS } from "./situations.ts";
import { FAULT_KINDS, type FaultKind } from "./sync-faults.ts";
import { SyncWorld } from "./world.ts";

export const LANES_PER_LOT = 4;
/** What follows from the first broken rule says little. */
const BROKEN_TOLD_MAX = 3;

/** Virtual hours of one seed; what a seed finds is found early, so many short ones find more than a long one. */
const HOURS_PER_SEED = 120;
/** Lots at one hub, by seed: most faults need one, some need others beside it. */
const LOTS_BY_SEED = [3, 1, 1, 1, 2, 1, 1, 1] as const;

/** One run: all that it is made from. */
export interface SeedPlan {
  readonly seed: number;
  /** Virtual hours; the run ends with the stretch of faults in which they have passed. */
  readonly hours: number;
  readonly lots: number;
}

export interface RunOptions extends SeedPlan {
  readonly trace: Writable | null;
}

/** As many seeds, from `first` on, as make up at least so many gate-hours. */
export function seedsFor(gateHours: number, first = 1): readonly SeedPlan[] {
  const plans: SeedPlan[] = [];
  for (let planned = 0, seed = first; planned < gateHours; seed++) {
    const lots = LOTS_BY_SEED[seed % LOTS_BY_SEED.length] ?? 1;
    plans.push({ seed, hours: HOURS_PER_SEED, lots });
    planned += HOURS_PER_SEED * LANES_PER_LOT * lots;
  }
  return plans;
}

export interface RunResult {
  readonly seed: number;
  readonly gateHours: number;
  readonly edgeHours: number;
  readonly events: number;
  /** Messages that were carried or lost. */
  readonly messages: number;
  readonly timers: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** How often each rule was judged. */
  readonly judged: ReadonlyMap<string, number>;
  readonly broken: readonly string[];
  /** Situations beside the faults, by name, and how often a run came into them. */
  readonly reached: ReadonlyMap<string, number>;
  /** SHA-256 over all that was carried, in hex. */
  readonly traceHash: string;
}

/** Runs one world from its seed. */
export async function runSeed({ seed, hours, lots, trace }: RunOptions): Promise<RunResult> {
  const onTrace = (line: string): void => void trace?.write(`${line}\n`);
  const world = new SyncWorld({ seed, lots, lanesPerLot: LANES_PER_LOT, onTrace });
  const thrown = await world.run(hours).then(
    () => [],
    (error: unknown) => [`The run did not come to its end: ${errorMessage(error)}`],
  );
  const edgeHours = (world.clock.mono() / HOUR_MS) * lots;
  return {
    seed,
    gateHours: edgeHours * LANES_PER_LOT,
    edgeHours,
    messages: world.messages(),
    events: world.lots.reduce((sum, { stream }) => sum + stream.rows.length, 0),
    timers: world.clock.fired,
    faults: world.faults,
    judged: world.verdicts.judged,
    broken: [...world.verdicts.broken.slice(0, BROKEN_TOLD_MAX), ...thrown],
    reached: world.situations(),
    traceHash: world.traceHash(),
  };
}

/** What several runs have never done, in words; empty when they did everything at least once. */
export function neverDone(results: readonly RunResult[]): readonly string[] {
  const faults = total(results.map((one) => one.faults));
  const reached = total(results.map((one) => one.reached));
  return [
    ...FAULT_KINDS.filter((kind) => !faults.get(kind)).map((kind) => `The fault ${kind} was never injected.`),
    ...SITUATIONS.filter((name) => !reached.get(name)).map((name) => `No run came into the situation ${name}.`),
  ];
}

/** Adds counts by name. */
export function total<K>(maps: readonly ReadonlyMap<K, number>[]): Map<K, number> {
  const sums = new Map<K, number>();
  for (const map of maps) for (const [name, count] of map) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}
