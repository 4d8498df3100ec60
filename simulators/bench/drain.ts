import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BenchRig, startBenchRig } from "../../cloud/bench/ingest/rig.ts";
import type { Report } from "../../scripts/bench/report.ts";
import { median, percentile } from "../../scripts/bench/statistics.ts";
import { type CountingProxy, startCountingProxy } from "./drain/counting-proxy.ts";
import { type EdgeHost, startEdgeHost } from "./drain/edge-host.ts";
import type { EdgeOrder } from "./drain/messages.ts";
import { drainPouchDb, fetchPouchDb } from "./drain/pouchdb.ts";
import { processorTimeMs } from "./drain/processor-time.ts";
import { identityOf } from "./edges/identity-of.ts";

export const description =
  "a lot's backlog and those of many lots into the cloud, fresh events and decisions meanwhile, beside PouchDB";

/** Events of one lot's backlog, lots that drain at once and events of each, documents of the peer. */
const FULL = { events: 200_000, lots: 100, eventsOfEach: 2_000, rounds: 5, decisions: 100, documents: 20_000 };
const SHORT = { events: 7_000, lots: 10, eventsOfEach: 700, rounds: 2, decisions: 20, documents: 0 };
type Size = typeof FULL;

const FRESH_EVERY_MS = 100;
const DECIDE_EVERY_MS = 20;
/** Half a batch: with fewer the backlog was over within the round. */
const BACKLOG_LEFT = 500;
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

/** By turns with the link down and while the backlog drains; at a lot the edge has a computer of its own, here half of one. */
async function decisions(stage: Stage): Promise<void> {
  const { report, size } = stage;
  report.progress("decisions at an edge, by turns with its link down and with its backlog under way");
  const lot = startEdgeHost();
  const took = { idle: [] as number[][], draining: [] as number[][] };
  try {
    await lot.ask({ kind: "fill", edges: [await newOrder(stage, size.events)] });
    const decide = { kind: "decide", everyMs: DECIDE_EVERY_MS, times: size.decisions } as const;
    for (let round = 0; round < size.rounds; round++) {
      took.idle.push([...(await lot.ask({ ...decide, linked: false })).ms]);
      const { ms, pending } = await lot.ask({ ...decide, linked: true });
      if (pending > BACKLOG_LEFT) took.draining.push([...ms]);
    }
  } finally {
    await lot.stop();
  }
  report.figure({ name: "rounds-with-backlog", value: took.draining.length, unit: "rounds", ok: true });
  if (took.draining.length === 0) return;
  for (const [name, p] of [
    ["decision-p50-while-draining", 0.5],
    ["decision-p99-while-draining", 0.99],
  ] as const) {
    const of = (rounds: readonly number[][]): number => median(rounds.map((round) => percentile(round, p)));
    const value = of(took.draining);
    const ratio = value / of(took.idle);
    report.figure({ name, value, unit: "ms", ratio, goal: `<=${GOALS.decision}`, ok: ratio <= GOALS.decision });
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
