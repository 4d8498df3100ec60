import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databasePath } from "@gatehouse/edge/store/open-database.ts";
import { openQueries } from "@gatehouse/edge/store/queries.ts";
import { saveIdentity } from "@gatehouse/edge/uplink/identity.ts";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { type BenchRig, startBenchRig } from "../../cloud/bench/ingest/rig.ts";
import type { Report } from "../../scripts/bench/report.ts";
import { exampleSite, type LoneAgent, loneAgent } from "../src/scenarios/faults-agent.ts";
import { LinkProxy } from "../src/world/link-proxy.ts";
import { type MemoryPeak, peakOf, probed } from "./backlog/agent-memory.ts";
import { fillStore } from "./backlog/fill-store.ts";
import { processorTimeMs } from "./drain/processor-time.ts";
import { clock } from "./edges/bench-edge.ts";
import { identityOf } from "./edges/identity-of.ts";
import { startOver } from "./edges/resident-peak.ts";

export const description =
  "memory and start of a whole agent with a long queue of events: with its link down, then draining";

/** Events that wait, vehicles that come meanwhile, events that are sent before the bench ends. */
const FULL = { events: 2_000_000, vehicles: 10, drained: 300_000 };
const SHORT = { events: 20_000, vehicles: 1, drained: 10_000 };
type Size = typeof FULL;

const MIB = 1_048_576;
/** Of a whole agent: what a small computer at the lane can spare. */
const GOAL_MIB = 256;
const LOOK_EVERY_MS = 100;
const WAIT_MAX_MS = 10 * MINUTE_MS;
/** With nothing to send, so that the agent has said and fetched all that it wants to. */
const IDLE_MS = 5 * SECOND_MS;

/** Broker, hub and Postgres are this process and its children; the agent is a process as at a lot, with simulated lanes. */
export async function bench(report: Report): Promise<void> {
  const size = report.short ? SHORT : FULL;
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-backlog-"));
  const rig = await startBenchRig();
  const stage = await setStage(report, rig, folder);
  try {
    const without = await emptyQueue(stage);
    await fill(stage, size);
    await withBacklog(stage, size, without);
  } finally {
    await stage.agent.stop();
    await stage.link.stop();
    await rig.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly report: Report;
  readonly agent: LoneAgent;
  /** The agent's wire to the hub. */
  readonly link: LinkProxy;
  readonly memoryFile: string;
  /** Of a vehicle that was not there yet: a second read of one plate would be taken for an echo. */
  readonly nextPlate: () => string;
  readonly backlogOf: { readonly deviceId: string; readonly entryLane: string; readonly exitLane: string };
}

async function setStage(report: Report, rig: BenchRig, folder: string): Promise<Stage> {
  const { sample, identity } = await rig.newEdge();
  const link = new LinkProxy({
    ...{ listen_port: 0 },
    ...{ upstream_host: "127.0.0.1", upstream_port: identity.port },
  });
  await link.run();
  const example = await exampleSite();
  const ids = [sample.entryLane, sample.exitLane];
  const lanes = example.lanes.map((lane, at) => ({ ...lane, id: ids[at] ?? lane.id }));
  const site = siteSchema.parse({ ...example, lot_id: sample.lotId, operator_id: sample.operatorId, lanes });
  const memoryFile = join(folder, "memory.json");
  const agent = await loneAgent(
    { directory: folder, clock, site, env: probed(memoryFile, join(folder, "code")) },
    null,
  );
  saveIdentity(join(agent.dataDir, "identity"), identityOf(identity, link.listenPort));
  const { entryLane, exitLane } = sample;
  let plates = 1_000;
  return {
    ...{ report, agent, link, memoryFile, nextPlate: () => `BGH${++plates}` },
    backlogOf: { deviceId: identity.deviceId, entryLane, exitLane },
  };
}

/** The same agent with nothing to send: it fetches the lot's data, and is what the queue is held against. */
async function emptyQueue(stage: Stage): Promise<MemoryPeak> {
  stage.report.progress("an agent with nothing to send, which fetches the lot's data");
  await startAgent(stage);
  await until(() => look(stage).version > 0);
  await stage.agent.process.stop();
  // Again, since the first start of a release has its code to compile.
  const started = await startAgent(stage);
  await driveThrough(stage, 1);
  await until(() => look(stage).pending === 0);
  await sleep(clock, IDLE_MS);
  const peak = peakOf(started.pid, stage.memoryFile);
  startFigures(stage.report, "empty", started);
  memoryFigures(stage.report, "empty", peak);
  stage.report.figure({ name: "empty-rss", value: peak.rss / MIB, unit: "MiB", ok: true });
  await stage.agent.process.stop();
  return peak;
}

async function fill({ report, agent, backlogOf }: Stage, { events }: Size): Promise<void> {
  report.progress(`${events} events go into the queue`);
  const value = await fillStore({ directory: agent.dataDir, events, ...backlogOf });
  report.figure({ name: "queued", value, unit: "events", ok: value >= events });
  const bytes = statSync(databasePath(agent.dataDir)).size;
  report.figure({ name: "store", value: bytes / MIB, unit: "MiB", ok: true });
}

async function withBacklog(stage: Stage, size: Size, without: MemoryPeak): Promise<void> {
  const { report, link, memoryFile } = stage;
  report.progress(`the agent starts with its link down, and ${size.vehicles} vehicles come in and go out`);
  link.set({ link: "cut", kind: "refuse" });
  const started = await startAgent(stage);
  startFigures(report, "backlog", started);
  await driveThrough(stage, size.vehicles);
  const offline = peakOf(started.pid, memoryFile);
  memoryFigures(report, "offline", offline);
  goalFigure(report, "offline", offline);
  report.progress(`the link is back; vehicles come while ${size.drained} events drain`);
  startOver(started.pid);
  const before = look(stage);
  const cpuBefore = processorTimeMs(started.pid);
  link.set({ link: "up" });
  await until(() => look(stage).confirmedN > before.confirmedN);
  await driveThrough(stage, 1);
  await until(() => look(stage).confirmedN >= before.confirmedN + size.drained || look(stage).pending === 0);
  const drained = look(stage).confirmedN - before.confirmedN;
  const cpuMs = processorTimeMs(started.pid) - cpuBefore;
  const draining = peakOf(started.pid, memoryFile);
  report.figure({ name: "drained", value: drained, unit: "events", ok: drained >= size.drained });
  report.figure({ name: "drain-agent-cpu", value: (cpuMs * 1_000) / drained, unit: "us/event", ok: true });
  memoryFigures(report, "draining", draining);
  goalFigure(report, "draining", draining);
  const grown = Math.max(offline.rss, draining.rss) / MIB - without.rss / MIB;
  report.figure({ name: "grown-by-queue", value: grown, unit: "MiB", ok: true });
}

interface Started {
  readonly pid: number;
  /** From the process's start until it says that it is ready: its lanes run and would open. */
  readonly readyMs: number;
  /** Until then, of all its threads. */
  readonly cpuMs: number;
}

async function startAgent({ agent }: Stage): Promise<Started> {
  const began = clock.mono();
  await agent.startProcess();
  const readyMs = clock.mono() - began;
  const { pid } = agent.process;
  if (pid === null) throw new Error("The agent has ended; see its log.");
  const cpuMs = processorTimeMs(pid);
  return { pid, readyMs, cpuMs };
}

/** Vehicles without a permit, one after another: each comes in and, within the time that is free, goes out. */
async function driveThrough({ agent, nextPlate }: Stage, vehicles: number): Promise<void> {
  for (const stage of agent.stages.values()) await stage.run();
  for (let vehicle = 1; vehicle <= vehicles; vehicle++) {
    const plate = nextPlate();
    for (const lane of ["in-1", "out-1"]) {
      await agent.stage(lane).arrive();
      await agent.read(lane, plate);
      await agent.stage(lane).pass();
    }
  }
}

interface Seen {
  readonly pending: number;
  readonly confirmedN: number;
  /** Of the lot's data. */
  readonly version: number;
}

/** As the store on the disk has it: the agent isn't asked, so that looking costs it nothing. */
function look({ agent }: Stage): Seen {
  const queries = openQueries(agent.dataDir);
  const { pending, confirmedN } = queries.outbox();
  const { version } = queries.replica();
  queries.close();
  return { pending, confirmedN, version };
}

async function until(isSo: () => boolean): Promise<void> {
  const began = clock.mono();
  while (!isSo()) {
    if (clock.mono() - began > WAIT_MAX_MS) throw new Error("The agent did not get there within ten minutes.");
    await sleep(clock, LOOK_EVERY_MS);
  }
}

function startFigures(report: Report, name: string, { readyMs, cpuMs }: Started): void {
  report.figure({ name: `start-${name}`, value: readyMs, unit: "ms", ok: true });
  report.figure({ name: `start-cpu-${name}`, value: cpuMs, unit: "ms", ok: true });
}

/** What is neither heap nor external is SQLite's pages, the other threads, and the code of Node and its libraries. */
function memoryFigures(report: Report, name: string, { rss, heapUsed, heapTotal, external }: MemoryPeak): void {
  const parts = { heap: heapTotal, "heap-used": heapUsed, external, rest: rss - heapTotal - external };
  for (const [part, bytes] of Object.entries(parts)) {
    report.figure({ name: `${name}-${part}`, value: bytes / MIB, unit: "MiB", ok: true });
  }
}

function goalFigure(report: Report, name: string, { rss }: MemoryPeak): void {
  const value = rss / MIB;
  const ratio = value / GOAL_MIB;
  report.figure({ name: `${name}-rss`, value, unit: "MiB", ratio, goal: `<=${GOAL_MIB}`, ok: ratio <= 1 });
}
