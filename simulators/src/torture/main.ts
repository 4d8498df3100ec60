import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { launchSystem, type RunningSystem } from "../../../scripts/system/launch.ts";
import { compareWithTruth, reportOf } from "../scenarios/compare.ts";
import * as view from "../scenarios/system-view.ts";
import { waitUntil } from "../scenarios/wait-until.ts";
import type { TruthRecord } from "../world/truth.ts";
import { playPlan } from "./fault-hand.ts";
import { faultPlan } from "./fault-plan.ts";

const USAGE = `Usage: npm run torture -- [--minutes M] [--seed N]

Runs two lots with agents, cloud and database as real processes, and for M minutes (default 2) kills, freezes and cuts
them off by a plan that the seed (default 1) draws. Then the cloud must have what really happened, row by row.
`;
const LOTS = 2;
/** As the main job's scenario, and for its reasons. */
const SPEED = 120;
const PACE = 4;
const COMPARE = { toleranceMs: 4_000 * SPEED, confirmMs: 4_000 * SPEED };
const EMPTY_WITHIN_MS = 5 * MINUTE_MS;
const SETTLED_WITHIN_MS = 2 * MINUTE_MS;
/** SYNC-18, without its allowance for a backlog. */
const CONVERGED_WITHIN_MS = MINUTE_MS;
const LEFT_OUT =
  "Left out, as this command can't do them: a broker of its own (Mosquitto), lossy links, errors of the disk, steps of the clock.";

const clock = systemClock();

/** Runs the torture; the exit code: 0 all is as it was, 1 something differs, 2 the command line is wrong. */
async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === "string") {
    process.stdout.write(options);
    return options === USAGE ? 0 : 2;
  }
  const { minutes, seed } = options;
  const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-torture-"));
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
    clock,
    onProgress: say,
  });
  const differences = await torture(system, minutes, seed).catch((error: unknown) => [errorMessage(error)]);
  await system.stop();
  if (differences.length === 0) {
    rmSync(dataDir, { recursive: true, force: true });
    return 0;
  }
  say(`FAILED:\n${differences.join("\n")}\nData and logs: ${dataDir}`);
  say(`The same faults again: npm run torture -- --minutes ${minutes} --seed ${seed}`);
  return 1;
}

async function torture(system: RunningSystem, minutes: number, seed: number): Promise<string[]> {
  const durationMs = minutes * MINUTE_MS;
  const plan = faultPlan({ seed, lots: LOTS, durationMs });
  say(LEFT_OUT);
  await playPlan(plan, { system, clock, say });
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
  for (const [kind, faults] of Map.groupBy(plan, (fault) => fault.kind)) say(`${kind}: ${faults.length}`);
  say(`${view.eventCount(system)} events`);
  return differencesOf(system);
}

async function differencesOf(system: RunningSystem): Promise<string[]> {
  const truth = (await view.askWorld(system, "GET", "/truth")) as readonly TruthRecord[];
  const cloud = await view.cloudOf(system);
  const comparison = compareWithTruth(truth, cloud, COMPARE);
  say(reportOf(comparison));
  return [
    ...comparison.differences.map(({ kind, text }) => `${kind}: ${text}`),
    ...(comparison.matched === 0 ? ["Nothing was compared: no vehicle came through."] : []),
    ...(cloud.deadLetters > 0 ? [`${cloud.deadLetters} events could not be taken in.`] : []),
    ...cloud.streams.filter(({ forked }) => forked).map(({ lot_id }) => `The log of lot ${lot_id} is forked.`),
    ...view.brokenEdgeStores(system),
  ];
}

function optionsOf(args: readonly string[]): { readonly minutes: number; readonly seed: number } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { minutes: { type: "string" }, seed: { type: "string" }, help: { type: "boolean" } },
    });
    if (values.help) return USAGE;
    const minutes = Number(values.minutes ?? 2);
    const seed = Number(values.seed ?? 1);
    if (!(minutes > 0 && minutes <= 1_440)) return `--minutes is a number above 0, at most 1440.\n\n${USAGE}`;
    if (!Number.isSafeInteger(seed)) return `--seed is a whole number.\n\n${USAGE}`;
    return { minutes, seed };
  } catch (error) {
    return `${errorMessage(error)}\n\n${USAGE}`;
  }
}

function say(text: string): void {
  process.stdout.write(`[torture] ${text}\n`);
}

process.exitCode = await main();
