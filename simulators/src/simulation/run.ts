import type { Writable } from "node:stream";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { FAULT_KINDS, type FaultKind } from "./sync-faults.ts";
import { SyncWorld } from "./world.ts";

export const LANES_PER_LOT = 4;

export interface RunOptions {
  readonly seed: number;
  readonly hours: number;
  readonly lots: number;
  readonly trace: Writable | null;
}

export interface RunResult {
  readonly seed: number;
  readonly gateHours: number;
  readonly events: number;
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

/** Situations that a long enough run has to come into, or it has tested less than it says. */
export const SITUATIONS = ["fork", "clone", "rolled_back", "new_epoch", "dead_letter", "rewind"] as const;

/** Runs one world from its seed. */
export async function runSeed({ seed, hours, lots, trace }: RunOptions): Promise<RunResult> {
  const onTrace = (line: string): void => void trace?.write(`${line}\n`);
  const world = new SyncWorld({ seed, lots, lanesPerLot: LANES_PER_LOT, onTrace });
  await world.run(hours);
  const { stops, ...others } = world.reached();
  return {
    seed,
    gateHours: (world.clock.mono() / HOUR_MS) * LANES_PER_LOT * lots,
    events: world.lots.reduce((sum, { stream }) => sum + stream.rows.length, 0),
    timers: world.clock.fired,
    faults: world.faults,
    judged: world.verdicts.judged,
    broken: world.verdicts.broken,
    reached: new Map([
      ...stops,
      ["new_epoch", others.newEpochs],
      ["dead_letter", others.deadLetters],
      ["rewind", others.rewinds],
    ]),
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
