import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { haveMosquitto } from "@gatehouse/cloud/hub/testing/mosquitto.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { launchSystem, type RunningSystem } from "../../../scripts/system/launch.ts";
import { compareWithTruth, reportOf } from "../scenarios/compare.ts";
import * as view from "../scenarios/system-view.ts";
import { waitUntil } from "../scenarios/wait-until.ts";
import type { TruthRecord } from "../world/truth.ts";
import { wallFileOf } from "./agent-clock.ts";
import { canFailDisk } from "./disk-errors.ts";
import { excusesByReason, tooManyExcuses } from "./excuses.ts";
import { type Faketime, getFaketime, setWall } from "./faketime.ts";
import { type Done, playPlan } from "./fault-hand.ts";
import {
  CLOCK_FAULTS,
  DISK_FAULTS,
  FAULT_KINDS,
  type FaultKind,
  faultPlan,
  type PlannedFault,
  PROCESS_FAULTS,
} from "./fault-plan.ts";
import { createOwnBroker, type OwnBroker } from "./own-broker.ts";

const USAGE = `Usage: npm run torture -- [--minutes M] [--seed N] [--broker embedded|mosquitto] [--only KIND,KIND]

Runs two lots with agents, cloud and database as real processes, and for M minutes (default 2) kills, freezes and cuts
them off by a plan that the seed (default 1) draws. Then the cloud must have what really happened, row by row.
With --broker mosquitto (default embedded), Debian's Mosquitto carries the messages and is killed too. Where strace may
trace, flushes, writes and reads of the agents' stores fail for a while. Where libfaketime is, or Debian gives it, the
agents' clocks are set wrong by up to two days, and start in 1970. The command says which kinds of faults it could do,
and how often each really happened; --only takes some of them, and leaves out which can't be done.
`;
const LOTS = 2;
const TAKES_AGENT_AWAY: readonly FaultKind[] = ["agent_killed", "agent_frozen", ...DISK_FAULTS, "clock_in_1970"];
/** As the main job's scenario, and for its reasons. */
const SPEED = 120;
const PACE = 4;
const COMPARE = { toleranceMs: 4_000 * SPEED, confirmMs: 4_000 * SPEED };
const EMPTY_WITHIN_MS = 5 * MINUTE_MS;
const SETTLED_WITHIN_MS = 2 * MINUTE_MS;
/** SYNC-18, without its allowance for a backlog. */
const CONVERGED_WITHIN_MS = MINUTE_MS;
const BROKERS = ["embedded", "mosquitto"] as const;
type Broker = (typeof BROKERS)[number];

const clock = systemClock();

/** Runs the torture; the exit code: 0 all is as it was, 1 something differs, 2 the command line is wrong. */
async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === "string") {
    process.stdout.write(options);
    return options === USAGE ? 0 : 2;
  }
  const { minutes, seed, broker, only } = options;
  const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-torture-"));
  const means = await meansOf(broker, join(dataDir, "faketime"));
  if (means === null) return 1;
  const { faketime } = means;
  const kinds = means.kinds.filter((kind) => only?.includes(kind) ?? true);
  const missing = only?.filter((kind) => !kinds.includes(kind)) ?? [];
  if (missing.length > 0) say(`Left out, since it can't be done here: ${missing.join(", ")}.`);
  if (kinds.length === 0) {
    rmSync(dataDir, { recursive: true, force: true });
    return 2;
  }
  const system = await launchSystem({
    dataDir,
    lots: LOTS,
    seed,
    traffic: 1,
    speed: SPEED,
    pace: PACE,
    faults: true,
    maxArrivals: null,
    firstPort: null,
    ownBroker: broker === "mosquitto",
    agentEnvironment: (lot) => {
      if (faketime === null) return {};
      setWall(wallFileOf(lot), 0);
      return faketime.environment(wallFileOf(lot));
    },
    clock,
    onProgress: say,
  });
  const own = broker === "mosquitto" ? createOwnBroker(system.layout, clock) : null;
  const plan = faultPlan({ seed, lots: LOTS, durationMs: minutes * MINUTE_MS, kinds });
  const differences = await torture(system, own, plan).catch((error: unknown) => [errorMessage(error)]);
  await system.stop();
  await own?.stop();
  if (differences.length === 0) {
    rmSync(dataDir, { recursive: true, force: true });
    return 0;
  }
  say(`FAILED:\n${differences.join("\n")}\nData and logs: ${dataDir}`);
  say(
    `The same faults again: npm run torture -- --minutes ${minutes} --seed ${seed} --broker ${broker}${onlyText(only)}`,
  );
  return 1;
}

interface Means {
  /** The kinds of faults that can be done here. */
  readonly kinds: readonly FaultKind[];
  readonly faketime: Faketime | null;
}

/** What can be done here; says what can't, and why. Null when the broker itself is missing. */
async function meansOf(broker: Broker, folder: string): Promise<Means | null> {
  const left = ["lossy links (use npm run sim)"];
  const kinds: FaultKind[] = [...PROCESS_FAULTS];
  const disk = await canFailDisk();
  if (disk.ok) kinds.push(...DISK_FAULTS);
  else left.push(`errors of the disk: ${disk.why}`);
  const clocks = await getFaketime(folder);
  if (clocks.ok) kinds.push(...CLOCK_FAULTS);
  else left.push(`steps of the clock: ${clocks.why}`);
  if (broker === "mosquitto") {
    const mosquitto = await haveMosquitto();
    if (!mosquitto.ok) {
      say(`Skipped: ${mosquitto.why}.`);
      return null;
    }
    kinds.push("broker_killed");
  }
  say(`The broker is ${broker}. Faults: ${kinds.join(", ")}. Left out: ${left.join("; ")}.`);
  return { kinds, faketime: clocks.ok ? clocks.faketime : null };
}

async function torture(
  system: RunningSystem,
  broker: OwnBroker | null,
  plan: readonly PlannedFault[],
): Promise<string[]> {
  await broker?.start();
  const done = await playPlan(plan, { system, broker, clock, say });
  const faultsEndedAt = clock.mono();
  const isInStep = async (): Promise<true | string> => view.isInStep(system, await view.cloudOf(system));
  const isOver = async (): Promise<true | string> => view.isEveryMovementOver(await view.cloudOf(system));
  const until = waitUntil.bind(null, { clock, say });
  await until("the cloud has caught up with the edges", CONVERGED_WITHIN_MS, isInStep);
  say(
    `Convergence: ${((clock.mono() - faultsEndedAt) / 1_000).toFixed(1)} s after the last fault; SYNC-18 allows 60 s.`,
  );
  await view.askWorld(system, "PUT", "/dials", { everyone_leaves: true });
  await until("everyone has left", EMPTY_WITHIN_MS, () => view.isEveryoneGone(system));
  await until("every movement is over", SETTLED_WITHIN_MS, isOver);
  await until("edges and cloud are equal by hash", SETTLED_WITHIN_MS, isInStep);
  for (const [kind, one] of done) say(doneText(kind, one));
  say(`${view.eventCount(system)} events`);
  return differencesOf(system, plan);
}

function doneText(kind: FaultKind, { times, calls }: Done): string {
  return `${kind}: ${times}${calls > 0 ? `, ${calls} calls of the store failed` : ""}`;
}

async function differencesOf(system: RunningSystem, plan: readonly PlannedFault[]): Promise<string[]> {
  const truth = (await view.askWorld(system, "GET", "/truth")) as readonly TruthRecord[];
  const cloud = await view.cloudOf(system);
  const comparison = compareWithTruth(truth, cloud, COMPARE);
  say(reportOf(comparison));
  const { tolerated } = comparison;
  for (const line of excusesByReason(tolerated)) say(line);
  const absences = plan.filter(({ kind }) => TAKES_AGENT_AWAY.includes(kind)).length;
  const lanesOfALot = Math.max(...system.demo.lots.map(({ site }) => site.lanes.length));
  const excuses = tooManyExcuses({ tolerated, absences, lanesOfALot });
  return [
    ...(excuses === null ? [] : [excuses]),
    ...comparison.differences.map(({ kind, text }) => `${kind}: ${text}`),
    ...(comparison.matched === 0 ? ["Nothing was compared: no vehicle came through."] : []),
    ...(cloud.deadLetters > 0 ? [`${cloud.deadLetters} events could not be taken in.`] : []),
    ...cloud.streams.filter(({ forked }) => forked).map(({ lot_id }) => `The log of lot ${lot_id} is forked.`),
    ...view.brokenEdgeStores(system),
  ];
}

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly broker: Broker;
  /** Null: all that can be done. */
  readonly only: readonly FaultKind[] | null;
}

function optionsOf(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: "string" },
        seed: { type: "string" },
        broker: { type: "string" },
        only: { type: "string" },
        help: { type: "boolean" },
      },
    });
    if (values.help) return USAGE;
    const minutes = Number(values.minutes ?? 2);
    const seed = Number(values.seed ?? 1);
    if (!(minutes > 0 && minutes <= 1_440)) return `--minutes is a number above 0, at most 1440.\n\n${USAGE}`;
    if (!Number.isSafeInteger(seed)) return `--seed is a whole number.\n\n${USAGE}`;
    const broker = BROKERS.find((known) => known === (values.broker ?? "embedded"));
    if (!broker) return `--broker is one of ${BROKERS.join(", ")}.\n\n${USAGE}`;
    const names = values.only?.split(",") ?? [];
    const only = FAULT_KINDS.filter((kind) => names.includes(kind));
    if (only.length < names.length) return `--only takes some of ${FAULT_KINDS.join(", ")}.\n\n${USAGE}`;
    return { minutes, seed, broker, only: values.only === undefined ? null : only };
  } catch (error) {
    return `${errorMessage(error)}\n\n${USAGE}`;
  }
}

function onlyText(only: Options["only"]): string {
  return only === null ? "" : ` --only ${only.join(",")}`;
}

function say(text: string): void {
  process.stdout.write(`[torture] ${text}\n`);
}

process.exitCode = await main();
