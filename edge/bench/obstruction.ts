import { cpus } from "node:os";
import { loadAverage } from "../../scripts/bench/machine.ts";
import type { Report } from "../../scripts/bench/report.ts";
import { median, percentile } from "../../scripts/bench/statistics.ts";
import { type DecisionLot, openDecisionLot } from "./edge-decision/decision-lot.ts";
import { openObstructedLanes } from "./obstruction/obstructed-lanes.ts";

export const description = "obstruction under a lowering arm to the relay that is off, beside 100 decisions a second";

/** SAFE-04: the relay is off so soon after the first sample of a hazard, ms. */
const LIMIT_MS = 50;
/** Between two decisions at 100 a second, ms. */
const PACE_MS = 10;
const FULL = { permits: 100_000, lanes: 32, rounds: 7, perRound: 300 };
const SHORT = { permits: 2_000, lanes: 16, rounds: 5, perRound: 60 };

export async function bench(report: Report): Promise<void> {
  const size = report.short ? SHORT : FULL;
  report.progress(`${size.permits} permits go into the replica`);
  const lot = await openDecisionLot(size.permits);
  const lanes = await openObstructedLanes(lot, size.lanes);
  const traffic = new Traffic(lot);
  const before = cpuTimes();
  report.progress(`${size.lanes} arms come down onto something, ${size.rounds} times ${size.perRound} of them`);
  const rounds: (readonly number[])[] = [];
  try {
    for (let round = 0; round < size.rounds; round++) rounds.push(await lanes.measure(size.perRound));
  } finally {
    const events = await traffic.end();
    tell(report, rounds, { events, busy: busyShare(before, cpuTimes()) });
    await lanes.close();
    await lot.close();
  }
}

function tell(
  report: Report,
  rounds: readonly (readonly number[])[],
  { events, busy }: { readonly events: number; readonly busy: number },
): void {
  const of = (p: number): number => median(rounds.map((round) => percentile(round, p)));
  const all = rounds.flat();
  report.progress(`${all.length} obstructions; load average ${loadAverage()}`);
  report.figure({ name: "machine-busy", value: busy * 100, unit: "%", ok: true });
  report.figure({ name: "gate-decisions", value: events, unit: "events/s", goal: ">=95", ok: events >= 95 });
  const figures = [
    ["relay-off-p50", of(0.5)],
    ["relay-off-p99", of(0.99)],
    ["relay-off-p99.9", percentile(all, 0.999)],
  ] as const;
  for (const [name, value] of figures) {
    const ratio = value / LIMIT_MS;
    report.figure({ name, value, unit: "ms", ratio, goal: "<=1", ok: ratio <= 1 });
  }
  report.figure({ name: "relay-off-slowest", value: Math.max(...all), unit: "ms", ok: true });
}

/** Vehicles at other lanes of the lot: decided, committed and let through, 100 a second. */
class Traffic {
  readonly #lot: DecisionLot;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  #due = 0;
  #decided = 0;

  constructor(lot: DecisionLot) {
    this.#lot = lot;
    this.#timer = setInterval(() => this.#catchUp(), PACE_MS / 2);
  }

  /** Ends the traffic; the decisions a second that there were. */
  async end(): Promise<number> {
    clearInterval(this.#timer);
    const seconds = (performance.now() - this.#started) / 1_000;
    const perSecond = this.#decided / seconds;
    await Promise.all(this.#open);
    return perSecond;
  }

  /** A timer is late now and then; the vehicles are not. */
  #catchUp(): void {
    const due = Math.floor((performance.now() - this.#started) / PACE_MS);
    for (; this.#due < due; this.#due++) {
      const one = this.#decide().finally(() => this.#open.delete(one));
      this.#open.add(one);
    }
  }

  async #decide(): Promise<void> {
    const decision = await this.#lot.decideNext();
    this.#decided++;
    await this.#lot.pass(decision);
  }
}

interface CpuTimes {
  readonly idle: number;
  readonly all: number;
}

function cpuTimes(): CpuTimes {
  const times = cpus().map((one) => one.times);
  const idle = times.reduce((sum, one) => sum + one.idle, 0);
  return { idle, all: times.reduce((sum, one) => sum + one.idle + one.user + one.sys + one.nice + one.irq, 0) };
}

/** Share of the processors' time that was not idle, whoever used it. */
function busyShare(before: CpuTimes, after: CpuTimes): number {
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}
