import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep, type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchSystem, type RunningSystem } from "../../../scripts/system/launch.ts";
import { keepWall } from "../../../scripts/system/wall-anchor.ts";
import type { TruthRecord } from "../world/truth.ts";
import { compareWithTruth, reportOf } from "./compare.ts";
import { agentOf, killCloud, restartHard, setLink } from "./system-hand.ts";
import { askWorld, cloudOf, edgeLogEnds, isEveryMovementOver, isEveryoneGone, isInStep } from "./system-view.ts";
import { waitUntil } from "./wait-until.ts";

/*
 * The main job: two lots with real agents and the real cloud, each an own process, and some hundred vehicles. The link of
 * one lot is cut for a third of the run; agents, cloud and database are killed in between. At the end every movement, stay
 * and payment in Postgres is what really happened, and the edge's log is the cloud's.
 *
 * GATEHOUSE_SCENARIO_SEED replays another run's vehicles. GATEHOUSE_SCENARIO_KEEP keeps the data directory.
 */

const SEED = Number(process.env.GATEHOUSE_SCENARIO_SEED ?? 1);
/** Wall time runs so much faster than the machine's, so that an hour's stay takes half a minute. */
const SPEED = 120;
/** Drivers are this much faster than people; arms, loops and the agents' safety times are as they are. */
const PACE = 4;
/** As many as the lanes can take at this speed. */
const TRAFFIC = 1;
/** Below these the run has shown too little. */
const LEAST_ROWS = 300;
const LEAST_PAYMENTS = 30;
const TRAFFIC_ENDS_AFTER_MS = 150_000;
/** SYNC-18 allows 60 s and the backlog; a lane also needs its 45 s to give up on a vehicle. */
const EMPTY_WITHIN_MS = 120_000;
const CONVERGED_WITHIN_MS = 60_000;
const COMPARE = { toleranceMs: 4_000 * SPEED, confirmMs: 4_000 * SPEED };

const clock = systemClock();
const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-main-job-"));
let system: RunningSystem;
let isDone = false;

beforeAll(async () => {
  await keepWall(
    dataDir,
    { anchorMachineMs: clock.wall(), anchorWallMs: nextMonday(clock.wall()), rate: SPEED },
    clock,
    0,
  );
  system = await launchSystem({
    dataDir,
    lots: 2,
    seed: SEED,
    traffic: TRAFFIC,
    speed: SPEED,
    pace: PACE,
    faults: true,
    maxArrivals: null,
    firstPort: null,
    clock,
    onProgress: say,
  });
});

afterAll(async () => {
  await system?.stop();
  if (isDone && !process.env.GATEHOUSE_SCENARIO_KEEP) rmSync(dataDir, { recursive: true, force: true });
  else say(`seed ${SEED}; data and logs are kept in ${dataDir}; replay: ${REPLAY}`);
});

const REPLAY = `GATEHOUSE_SCENARIO_SEED=${SEED} npm test -- scenario main-job`;

describe("the main job, end to end", () => {
  it("has in Postgres what really happened, row by row, whatever was cut and killed. Verifies: SYNC-18", async () => {
    const startedAt = clock.mono();
    await playFaults(system, startedAt);
    await sleepUntil(startedAt, TRAFFIC_ENDS_AFTER_MS);
    await askWorld(system, "PUT", "/dials", { everyone_leaves: true });
    say("everyone leaves");
    await until("all vehicles have left", EMPTY_WITHIN_MS, () => isEveryoneGone(system));
    await until("the cloud has all that the edges have", CONVERGED_WITHIN_MS, isConverged);
    const truth = (await askWorld(system, "GET", "/truth")) as readonly TruthRecord[];
    const cloud = await cloudOf(system);
    const comparison = compareWithTruth(truth, cloud, COMPARE);
    say(reportOf(comparison));
    say(`${cloud.payments.length} payments at the lanes`);
    for (const { code, detail } of cloud.alarms) say(`alarm ${code}: ${detail}`);
    expect(comparison.differences, `${reportOf(comparison)}\nReplay: ${REPLAY}`).toEqual([]);
    expect(comparison.matched).toBeGreaterThan(LEAST_ROWS);
    expect(cloud.payments.length).toBeGreaterThan(LEAST_PAYMENTS);
    expect(comparison.tolerated.length).toBeLessThan(comparison.matched / 5);
    expect(cloud.streams.map(({ forked }) => forked)).toEqual([false, false]);
    expect(cloud.deadLetters).toBe(0);
    await until("as many spots are taken as stays are open", CONVERGED_WITHIN_MS, async () => {
      const { occupiedSpots, sessions } = await cloudOf(system);
      const open = sessions.filter(({ status }) => status === "open" || status === "paid").length;
      return occupiedSpots === open || `${occupiedSpots} spots for ${open} stays`;
    });
    isDone = true;
  });
});

/** What goes wrong in this run, by the seconds since its start. */
async function playFaults(running: RunningSystem, startedAt: number): Promise<void> {
  const [garage, evening] = [agentOf(running, 0), agentOf(running, 1)];
  const faults: readonly (readonly [seconds: number, name: string, act: () => Promise<unknown>])[] = [
    [15, "the garage's link is cut", () => setLink(running, 0, { link: "cut", kind: "refuse" })],
    [22, "the evening lot's agent is killed", () => restartHard(evening)],
    [30, "the garage's agent is killed while offline", () => restartHard(garage)],
    [40, "cloud and database are killed", () => killCloud(running)],
    [46, "the cloud starts again", () => running.cloud.start()],
    [68, "the garage's link is back", () => setLink(running, 0, { link: "up", kind: "refuse" })],
    [85, "the evening lot's link goes silent", () => setLink(running, 1, { link: "cut", kind: "silence" })],
    [92, "the evening lot's agent is killed while its link is silent", () => restartHard(evening)],
    [104, "the evening lot's link is back", () => setLink(running, 1, { link: "up", kind: "refuse" })],
    [115, "the garage's agent is killed", () => restartHard(garage)],
  ];
  for (const [seconds, name, act] of faults) {
    await sleepUntil(startedAt, seconds * 1_000);
    say(`${seconds} s: ${name}`);
    await act();
  }
}

/** The edges' logs have stood still for long enough that no movement is open any more, and the cloud has them whole. */
async function isConverged(): Promise<true | string> {
  const before = edgeLogEnds(system);
  await sleep(clock, 4_000);
  const after = edgeLogEnds(system);
  if (before !== after) return `the edges still write: ${after}`;
  const cloud = await cloudOf(system);
  const isOver = isEveryMovementOver(cloud);
  return isOver === true ? isInStep(system, cloud) : isOver;
}

/** Rejects after `withinMs`, naming the seed. */
function until(what: string, withinMs: number, check: () => Promise<true | string>): Promise<void> {
  return waitUntil({ clock, say, hint: `. Replay: ${REPLAY}` }, what, withinMs, check);
}

function sleepUntil(startedAt: number, afterMs: number): Promise<void> {
  return sleep(clock, Math.max(0, startedAt + afterMs - clock.mono()));
}

/** Ten in the morning (UTC): a day's traffic is the same whenever the run is made. */
function nextMonday(now: WallMs): WallMs {
  const day = Math.floor(now / DAY_MS);
  // 1970-01-01 was a Thursday.
  return wallMs((day + 7 - ((day + 3) % 7)) * DAY_MS + 10 * HOUR_MS);
}

function say(text: string): void {
  process.stdout.write(`[main job] ${text}\n`);
}
