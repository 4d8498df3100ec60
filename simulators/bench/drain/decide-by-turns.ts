import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import type { EdgeHost } from "./edge-host.ts";

/** Half a batch: with fewer the backlog was over within the round. */
const BACKLOG_LEFT = 500;
/** Until the cloud has written what an edge had under way when its link went down. */
const SETTLE_MS = 500;

export interface DecideOptions {
  /** Decides, with a backlog of its own. */
  readonly lot: EdgeHost;
  /** Another lot with as large a backlog, in a process of its own. */
  readonly other: EdgeHost;
  readonly rounds: number;
  readonly times: number;
  readonly everyMs: number;
}

/** Milliseconds of decisions, a list for each round. */
export interface DecisionTimes {
  /** Nothing drains. */
  readonly idle: readonly (readonly number[])[];
  /** The other lot drains, so hub, Postgres and disk work as hard as when this one does. */
  readonly beside: readonly (readonly number[])[];
  /** This lot drains. */
  readonly draining: readonly (readonly number[])[];
}

/** Decisions at one edge by turns; a round in which a backlog was over too soon is left out. */
export async function decideByTurns({ lot, other, rounds, ...pace }: DecideOptions): Promise<DecisionTimes> {
  const took = { idle: [] as number[][], beside: [] as number[][], draining: [] as number[][] };
  const decide = { kind: "decide", ...pace } as const;
  for (let round = 0; round < rounds; round++) {
    await lot.ask({ kind: "unlink" });
    await sleep(systemClock(), SETTLE_MS);
    const idle = await lot.ask(decide);
    await other.ask({ kind: "link" });
    const beside = await lot.ask(decide);
    const { pending: othersLeft } = await other.ask({ kind: "unlink" });
    await lot.ask({ kind: "link" });
    const draining = await lot.ask(decide);
    if (Math.min(othersLeft, draining.pending) < BACKLOG_LEFT) continue;
    took.idle.push([...idle.ms]);
    took.beside.push([...beside.ms]);
    took.draining.push([...draining.ms]);
  }
  return took;
}
