import type { Report } from "../../scripts/bench/report.ts";
import { interleave, median, percentile } from "../../scripts/bench/statistics.ts";
import { type DecisionLot, openDecisionLot } from "./edge-decision/decision-lot.ts";
import { eventsPerSecond, paced, timed, timedDecision } from "./edge-decision/measures.ts";
import { openPeers, type Peers } from "./edge-decision/peers.ts";
import { runWithSlowFlush } from "./edge-decision/slow-flush.ts";

export const description = "gate decision, durable commit included, against a bare SQLite commit in the same run";

/** About what a decision writes to the write-ahead log: six pages. */
const DECISION_BYTES = 6 * 4_120;
const AT_ONCE = 64;

interface Size {
  readonly permits: number;
  readonly rounds: number;
  readonly calls: number;
  readonly forMs: number;
}

const FULL: Size = { permits: 100_000, rounds: 7, calls: 300, forMs: 1_500 };
const SHORT: Size = { permits: 2_000, rounds: 5, calls: 20, forMs: 150 };

export async function bench(report: Report): Promise<void> {
  const size = report.short ? SHORT : FULL;
  report.progress(`${size.permits} permits go into the replica`);
  const lot = await openDecisionLot(size.permits);
  const peers = openPeers();
  try {
    await warmUp(lot, peers, size);
    await oneAtATime(report, { lot, peers, size });
    await atAPace(report, { lot, peers, size });
    await manyAtOnce(report, { lot, peers, size });
  } finally {
    peers.close();
    await lot.close();
  }
  slowFlush(report, size);
}

interface Contest {
  readonly lot: DecisionLot;
  readonly peers: Peers;
  readonly size: Size;
}

/** Until both write-ahead logs have their lasting size: a file that grows makes each flush dearer. */
async function warmUp(lot: DecisionLot, peers: Peers, { calls }: Size): Promise<void> {
  for (let call = 0; call < calls * 5; call++) {
    await timedDecision(lot);
    peers.bareCommit();
  }
}

async function oneAtATime(report: Report, { lot, peers, size }: Contest): Promise<void> {
  report.progress("one decision after another, by turns with bare commits");
  const times = await interleave(size.rounds, {
    decision: () => repeat(size.calls, () => timedDecision(lot)),
    commit: () => repeat(size.calls, () => timed(peers.bareCommit)),
    flush: () => repeat(size.calls, () => timed(() => peers.bareFlush(DECISION_BYTES))),
  });
  const decision = times.decision.flat();
  const commit = times.commit.flat();
  const flush = times.flush.flat();
  report.figure({ name: "bare-flush-p50", value: median(flush), unit: "ms", ok: true });
  report.figure({ name: "bare-commit-p50", value: median(commit), unit: "ms", ok: true });
  report.figure({ name: "bare-commit-p99", value: percentile(commit, 0.99), unit: "ms", ok: true });
  ratioFigure(report, "decision-p50", { value: median(decision), peer: median(commit), most: 1.15 });
  ratioFigure(report, "decision-p99", {
    value: percentile(decision, 0.99),
    peer: percentile(commit, 0.99),
    most: 1.5,
  });
}

async function atAPace(report: Report, { lot, peers, size }: Contest): Promise<void> {
  report.progress("100 decisions a second");
  const pace = { everyMs: 10, forMs: size.forMs };
  const times = await interleave(size.rounds, {
    decision: () => paced(() => timedDecision(lot), pace),
    commit: () => paced(() => timed(peers.bareCommit), pace),
  });
  ratioFigure(report, "paced-decision-p50", {
    value: median(times.decision.flat()),
    peer: median(times.commit.flat()),
    most: 2,
  });
}

async function manyAtOnce(report: Report, { lot, peers, size }: Contest): Promise<void> {
  report.progress(`${AT_ONCE} vehicles at the lanes all the time`);
  const rates = await interleave(size.rounds, {
    events: () => eventsPerSecond(lot, { atOnce: AT_ONCE, forMs: size.forMs }),
    inserts: () => insertsPerSecond(peers, size.forMs),
  });
  const events = median(rates.events);
  const inserts = median(rates.inserts);
  const ratio = events / inserts;
  report.figure({ name: "bare-inserts", value: inserts, unit: "rows/s", ok: true });
  report.figure({ name: "gate-events", value: events, unit: "events/s", ratio, goal: ">=0.5", ok: ratio >= 0.5 });
}

function slowFlush(report: Report, { forMs, permits }: Size): void {
  report.progress("every flush takes 8 ms longer");
  const figures = runWithSlowFlush({ forMs: 2 * forMs, permits });
  if (figures === null) {
    report.progress("no C compiler here, so the figures with a slow flush are left out");
    return;
  }
  const p99 = percentile(figures.pacedMs, 0.99);
  const rate = figures.eventsPerSecond;
  report.figure({ name: "slow-bare-commit-p50", value: median(figures.bareMs), unit: "ms", ok: true });
  report.figure({ name: "slow-gate-events", value: rate, unit: "events/s", goal: ">=1000", ok: rate >= 1_000 });
  report.figure({ name: "slow-paced-decision-p99", value: p99, unit: "ms", goal: "<25", ok: p99 < 25 });
}

function ratioFigure(
  report: Report,
  name: string,
  { value, peer, most }: { readonly value: number; readonly peer: number; readonly most: number },
): void {
  const ratio = value / peer;
  report.figure({ name, value, unit: "ms", ratio, goal: `<=${most}`, ok: ratio <= most });
}

async function repeat(calls: number, work: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < calls; call++) times.push(await work());
  return times;
}

function insertsPerSecond(peers: Peers, forMs: number): number {
  const start = performance.now();
  let inserts = 0;
  for (; performance.now() < start + forMs; inserts++) peers.bareCommit();
  return (inserts * 1_000) / (performance.now() - start);
}
