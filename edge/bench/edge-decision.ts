import type { Report } from "../../scripts/bench/report.ts";
import { interleave, median, percentile } from "../../scripts/bench/statistics.ts";
import { type DecisionLot, openDecisionLot } from "./edge-decision/decision-lot.ts";
import { type GateLanes, openGateLanes } from "./edge-decision/gate-lanes.ts";
import {
  decisionBytes,
  eventsPerSecond,
  paced,
  ratesOf,
  timed,
  timedDecision,
  warmUp,
} from "./edge-decision/measures.ts";
import { openPeers, type Peers } from "./edge-decision/peers.ts";
import { PACE_MS, type Size, sizeOf } from "./edge-decision/size.ts";
import { runWithSlowFlush } from "./edge-decision/slow-flush.ts";

export const description = "gate decision from the read to the relay, durable commit included, against bare commits";

/** Vehicles decided at the same moment when throughput is measured. */
const AT_ONCE = 64;

export async function bench(report: Report): Promise<void> {
  const size = sizeOf(report);
  report.progress(`${size.permits} permits go into the replica`);
  const lot = await openDecisionLot(size.permits);
  const bytes = await decisionBytes(lot);
  report.figure({ name: "decision-bytes", value: bytes, unit: "bytes", ok: true });
  const peers = openPeers(bytes);
  const lanes = await openGateLanes(lot, size.lanes);
  const contest = { report, lot, peers, lanes, size };
  try {
    await warmUp(lot, peers, size.warmUps);
    await oneAtATime(contest);
    await atAPace(contest);
    await manyAtOnce(contest);
  } finally {
    await lanes.close();
    peers.close();
    await lot.close();
  }
  slowFlush(report, size);
}

interface Contest {
  readonly report: Report;
  readonly lot: DecisionLot;
  readonly peers: Peers;
  readonly lanes: GateLanes;
  readonly size: Size;
}

/** Each lane opens once a round, and around each opening the peers take their turn. */
async function oneAtATime({ report, lot, peers, lanes, size }: Contest): Promise<void> {
  report.progress("one vehicle after another, by turns with the desk alone, bare commits and bare flushes");
  const times = { gate: [], desk: [], commit: [], flush: [] } as Record<
    "gate" | "desk" | "commit" | "flush",
    number[][]
  >;
  for (let round = 0; round < size.rounds; round++) {
    await lanes.arm();
    const turns = await interleave(lanes.count, {
      gate: (at) => lanes.openGate(at),
      commit: () => timed(peers.bareCommit),
      desk: () => timedDecision(lot),
      flush: () => timed(peers.bareFlush),
    });
    await lanes.driveThrough();
    for (const name of ["gate", "desk", "commit", "flush"] as const) times[name].push(turns[name]);
  }
  for (const [part, p] of [
    ["p50", 0.5],
    ["p99", 0.99],
  ] as const) {
    const of = (rounds: readonly number[][]): number => median(rounds.map((round) => percentile(round, p)));
    const [commit, flush] = [of(times.commit), of(times.flush)];
    const most = p === 0.5 ? 1.15 : 1.5;
    plainFigure(report, `bare-flush-${part}`, flush);
    plainFigure(report, `bare-commit-${part}`, commit);
    ratioFigure(report, `desk-${part}-per-commit`, { value: of(times.desk), peer: commit, most });
    ratioFigure(report, `gate-${part}-per-commit`, { value: of(times.gate), peer: commit, most });
    ratioFigure(report, `gate-${part}-per-flush`, { value: of(times.gate), peer: flush, most });
  }
}

async function atAPace({ report, lot, peers, lanes, size }: Contest): Promise<void> {
  report.progress("100 vehicles a second");
  const pace = { everyMs: PACE_MS, times: lanes.count };
  const times = await interleave(size.rounds, {
    gate: async () => {
      await lanes.arm();
      const opened = await paced((at) => lanes.openGate(at), pace);
      await lanes.driveThrough();
      return median(opened);
    },
    desk: async () => median(await paced(() => timedDecision(lot), pace)),
    commit: async () => median(await paced(() => timed(peers.bareCommit), pace)),
  });
  const commit = median(times.commit);
  plainFigure(report, "paced-commit-p50", commit);
  ratioFigure(report, "paced-desk-p50", { value: median(times.desk), peer: commit, most: 2 });
  ratioFigure(report, "paced-gate-p50", { value: median(times.gate), peer: commit, most: 2 });
}

async function manyAtOnce({ report, lot, peers, size }: Contest): Promise<void> {
  report.progress(`${AT_ONCE} vehicles decided at the same moment, all the time`);
  const rates = await interleave(size.rounds, {
    events: () => eventsPerSecond(lot, { atOnce: AT_ONCE, forMs: size.forMs }),
    inserts: () => ratesOf(peers.bareCommit, size.forMs),
  });
  const value = median(rates.events);
  const inserts = median(rates.inserts);
  const ratio = value / inserts;
  report.figure({ name: "bare-inserts", value: inserts, unit: "rows/s", ok: true });
  report.figure({ name: "gate-events", value, unit: "events/s", ratio, goal: ">=0.5", ok: ratio >= 0.5 });
}

function slowFlush(report: Report, { rounds, forMs, permits }: Size): void {
  report.progress("every flush takes 8 ms longer");
  const figures = runWithSlowFlush({ rounds, forMs, permits });
  if (figures === null) {
    report.progress("no C compiler here, so the figures with a slow flush are left out");
    return;
  }
  const rate = median(figures.eventsPerSecond);
  const p99 = median(figures.desk.map((round) => percentile(round, 0.99)));
  const peer = median(figures.commit.map((round) => percentile(round, 0.99)));
  report.figure({ name: "slow-gate-events", value: rate, unit: "events/s", goal: ">=1000", ok: rate >= 1_000 });
  plainFigure(report, "slow-paced-commit-p99", peer);
  const ratio = p99 / peer;
  report.figure({ name: "slow-paced-desk-p99", value: p99, unit: "ms", ratio, goal: "<25", ok: p99 < 25 });
}

function plainFigure(report: Report, name: string, value: number): void {
  report.figure({ name, value, unit: "ms", ok: true });
}

function ratioFigure(
  report: Report,
  name: string,
  { value, peer, most }: { readonly value: number; readonly peer: number; readonly most: number },
): void {
  const ratio = value / peer;
  report.figure({ name, value, unit: "ms", ratio, goal: `<=${most}`, ok: ratio <= most });
}
