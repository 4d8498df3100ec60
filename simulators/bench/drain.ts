import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BenchRig, startBenchRig } from "../../cloud/bench/ingest/rig.ts";
import type { Report } from "../../scripts/bench/report.ts";
import { median, percentile } from "../../scripts/bench/statistics.ts";
import { type CountingProxy, startCountingProxy } from "./drain/counting-proxy.ts";
import { type DecisionTimes, decideByTurns } from "./drain/decide-by-turns.ts";
import { type EdgeHost, startEdgeHost } from "./drain/edge-host.ts";
import type { EdgeOrder } from "./drain/messages.ts";
import { drainPouchDb, fetchPouchDb } from "./drain/pouchdb.ts";
import { processorTimeMs } from "./drain/processor-time.ts";
import { identityOf } from "./edges/identity-of.ts";

export const description =
  "a lot's backlog and those of many lots into the cloud, fresh events and decisions meanwhile, beside PouchDB";

interface Size {
  /** Of one lot's backlog. */
  readonly events: number;
  /** That drain at once, and events of each. */
  readonly lots: number;
  readonly eventsOfEach: number;
  readonly documents: number;
  /** Their backlog is one that lasts for all rounds. */
  readonly decisions: {
    readonly rounds: number;
    readonly times: number;
    readonly everyMs: number;
    readonly events: number;
  };
}

const FULL: Size = {
  ...{ events: 200_000, lots: 100, eventsOfEach: 2_000, documents: 20_000 },
  decisions: { rounds: 5, times: 100, everyMs: 20, events: 250_000 },
};
const SHORT: Size = {
  ...{ events: 7_000, lots: 10, eventsOfEach: 700, documents: 0 },
  decisions: { rounds: 2, times: 20, everyMs: 5, events: 20_000 },
};

const FRESH_EVERY_MS = 100;
const GOALS = { pouchdb: 8, pouchdbBytes: 0.15, pouchdbCpu: 0.15, decision: 1.1 };

/** The real store and uplink of each edge, the real broker, hub and Postgres: only lanes and vehicles are missing. */
export async function bench(report: Report): Promise<void> {
  const size = report.short ? SHORT : FULL;
  const rig = await startBenchRig();
  const hub = await startCountingProxy((await rig.newEdge()).identity.port);
  const stage: Stage = { report, rig, hub, size };
  try {
    const ours = await oneLot(stage);
    await manyLots(stage);
    await decisions(stage);
    await besidePouchDb(stage, ours);
  } finally {
    await hub.close();
    await rig.stop();
  }
}

interface Stage {
  readonly report: Report;
  readonly rig: BenchRig;
  /** All edges reach the hub through it. */
  readonly hub: CountingProxy;
  readonly size: Size;
}

/** What an event costs. */
interface Cost {
  readonly eventsPerSecond: number;
  readonly bytesPerEvent: number;
  readonly cpuMsPerEvent: number;
}

async function oneLot(stage: Stage): Promise<Cost> {
  const { report, hub, size } = stage;
  report.progress(`one lot writes ${size.events} events with its link down`);
  const lot = startEdgeHost();
  const other = await startFreshLot(stage);
  try {
    await lot.ask({ kind: "fill", edges: [await newOrder(stage, size.events)] });
    const fresh = await other.ask({ kind: "fresh", everyMs: FRESH_EVERY_MS }).then(() => other);
    const before = { bytes: hub.bytes(), cpu: cloudCpuMs(stage) };
    const drained = await lot.ask({ kind: "drain" });
    const bytesPerEvent = (hub.bytes() - before.bytes) / size.events;
    const cpuMsPerEvent = (cloudCpuMs(stage) - before.cpu + drained.cpuMs) / size.events;
    const eventsPerSecond = perSecond(size.events, drained.ms);
    report.figure({ name: "drain-one-lot", value: eventsPerSecond, unit: "events/s", ok: true });
    report.figure({ name: "drain-wire", value: bytesPerEvent, unit: "bytes/event", ok: true });
    report.figure({ name: "drain-cpu", value: cpuMsPerEvent * 1_000, unit: "us/event", ok: true });
    freshFigures(report, "one-lot", (await fresh.ask({ kind: "fresh_end" })).ms);
    return { eventsPerSecond, bytesPerEvent, cpuMsPerEvent };
  } finally {
    await Promise.all([lot.stop(), other.stop()]);
  }
}

async function manyLots(stage: Stage): Promise<void> {
  const { report, size } = stage;
  report.progress(`${size.lots} lots write ${size.eventsOfEach} events each, and drain at once`);
  const lots = startEdgeHost();
  const other = await startFreshLot(stage);
  try {
    const edges: EdgeOrder[] = [];
    for (let lot = 0; lot < size.lots; lot++) edges.push(await newOrder(stage, size.eventsOfEach));
    await lots.ask({ kind: "fill", edges });
    await other.ask({ kind: "fresh", everyMs: FRESH_EVERY_MS });
    const drained = await lots.ask({ kind: "drain" });
    const value = perSecond(size.lots * size.eventsOfEach, drained.ms);
    report.figure({ name: `drain-${size.lots}-lots`, value, unit: "events/s", ok: true });
    freshFigures(report, `${size.lots}-lots`, (await other.ask({ kind: "fresh_end" })).ms);
  } finally {
    await Promise.all([lots.stop(), other.stop()]);
  }
}

/**
 * What draining does to decisions at the same edge. The base is another lot's drain: on a machine that is edge, hub and Postgres
 * at once, the processor that those two take from the edge is none of its own doing. The ratio to an idle machine is told too.
 */
async function decisions(stage: Stage): Promise<void> {
  const { report, size } = stage;
  const { events, ...pace } = size.decisions;
  report.progress(
    "decisions at an edge, by turns with nothing under way, beside another lot's backlog, and beside its own",
  );
  const lot = startEdgeHost();
  const other = startEdgeHost();
  try {
    for (const host of [lot, other]) await host.ask({ kind: "fill", edges: [await newOrder(stage, events)] });
    decisionFigures(report, pace.rounds, await decideByTurns({ lot, other, ...pace }));
  } finally {
    await Promise.all([lot.stop(), other.stop()]);
  }
}

function decisionFigures(report: Report, rounds: number, { idle, beside, draining }: DecisionTimes): void {
  const measured = draining.length;
  report.figure({ name: "rounds-with-backlog", value: measured, unit: "rounds", ok: measured === rounds });
  if (measured === 0) return;
  for (const [name, p] of [
    ["decision-p50", 0.5],
    ["decision-p99", 0.99],
  ] as const) {
    const of = (times: DecisionTimes["idle"]): number => median(times.map((round) => percentile(round, p)));
    const [base, value] = [of(beside), of(draining)];
    const ratio = value / base;
    const goal = `<=${GOALS.decision}`;
    report.figure({ name: `${name}-idle`, value: of(idle), unit: "ms", ok: true });
    report.figure({ name: `${name}-others-drain`, value: base, unit: "ms", ratio: base / of(idle), ok: true });
    report.figure({ name: `${name}-while-draining`, value, unit: "ms", ratio, goal, ok: ratio <= GOALS.decision });
  }
}

async function besidePouchDb({ report, size }: Stage, ours: Cost): Promise<void> {
  if (size.documents === 0) return report.progress("PouchDB is left out of the short form");
  const folder = join(import.meta.dirname, "..", "..", ".gatehouse", "bench", "pouchdb");
  if (!(await fetchPouchDb(folder, (text) => report.progress(text)))) return;
  report.progress(`PouchDB replicates ${size.documents} documents`);
  const { ms, bytes, cpuMs } = await drainPouchDb(folder, size.documents);
  const theirs: Cost = {
    eventsPerSecond: perSecond(size.documents, [ms]),
    bytesPerEvent: bytes / size.documents,
    cpuMsPerEvent: cpuMs / size.documents,
  };
  report.figure({ name: "pouchdb-drain", value: theirs.eventsPerSecond, unit: "documents/s", ok: true });
  report.figure({ name: "pouchdb-wire", value: theirs.bytesPerEvent, unit: "bytes/document", ok: true });
  const faster = ours.eventsPerSecond / theirs.eventsPerSecond;
  const smaller = ours.bytesPerEvent / theirs.bytesPerEvent;
  const cheaper = ours.cpuMsPerEvent / theirs.cpuMsPerEvent;
  compare(
    report,
    { name: "drain-to-pouchdb", value: ours.eventsPerSecond, unit: "events/s", ratio: faster },
    GOALS.pouchdb,
  );
  report.figure({
    ...{ name: "wire-to-pouchdb", value: ours.bytesPerEvent, unit: "bytes/event", ratio: smaller },
    ...{ goal: `<=${GOALS.pouchdbBytes}`, ok: smaller <= GOALS.pouchdbBytes },
  });
  report.figure({
    ...{ name: "cpu-to-pouchdb", value: ours.cpuMsPerEvent * 1_000, unit: "us/event", ratio: cheaper },
    ...{ goal: `<=${GOALS.pouchdbCpu}`, ok: cheaper <= GOALS.pouchdbCpu },
  });
}

interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly ratio: number;
}

function compare(report: Report, figure: Ratio, least: number): void {
  report.figure({ ...figure, goal: `>=${least}`, ok: figure.ratio >= least });
}

/** Events of another lot, written at a steady pace meanwhile: from before the write to their confirmation. */
function freshFigures(report: Report, meanwhile: string, ms: readonly number[]): void {
  report.figure({ name: `fresh-p50-${meanwhile}`, value: percentile(ms, 0.5), unit: "ms", ok: true });
  report.figure({ name: `fresh-p99-${meanwhile}`, value: percentile(ms, 0.99), unit: "ms", ok: true });
}

async function startFreshLot(stage: Stage): Promise<EdgeHost> {
  const host = startEdgeHost();
  await host.ask({ kind: "fill", edges: [await newOrder(stage, 0)] });
  return host;
}

/** A newly enrolled edge of a new lot. */
async function newOrder({ rig, hub }: Stage, events: number): Promise<EdgeOrder> {
  const { sample, identity } = await rig.newEdge();
  const { entryLane, exitLane } = sample;
  return { entryLane, exitLane, events, identity: identityOf(identity, hub.port) };
}

/** Of broker and hub, which are this process, and of Postgres. */
function cloudCpuMs({ rig }: Stage): number {
  const { user, system } = process.cpuUsage();
  const [pidFile] = globSync(join(rig.folder, "**", "postmaster.pid"));
  const postgres = pidFile ? processorTimeMs(Number.parseInt(readFileSync(pidFile, "utf8"), 10)) : 0;
  return (user + system) / 1_000 + postgres;
}

function perSecond(count: number, [ms = Number.NaN]: readonly number[]): number {
  return (count * 1_000) / ms;
}
