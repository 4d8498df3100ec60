import { connectionTo } from "@gatehouse/edge/cli/connection.ts";
import { agentStatus } from "@gatehouse/edge/local-api/contract.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { scaleWall } from "@gatehouse/shared/kit/system-clock.ts";
import type { RunningSystem } from "../../../scripts/system/launch.ts";
import type { LotPlaces } from "../../../scripts/system/layout.ts";
import { agentOf } from "../scenarios/system-hand.ts";
import { setWall } from "./faketime.ts";

const SYNCED_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 250;
/** How long the question for the agent's clock may take, machine ms. */
const ANSWER_MAX_MS = 2_000;

export interface ClockFault {
  readonly system: RunningSystem;
  readonly lot: number;
  readonly forMs: number;
  readonly clock: Clock;
}

/** The file by which the clock of a lot's agent is set. */
export function wallFileOf({ dataDir }: Pick<LotPlaces, "dataDir">): string {
  return `${dataDir}.wall`;
}

/**
 * Sets the clock of a running agent wrong for a while. Only one that has heard the cloud's time in this run can know: it
 * is waited for, and nothing done where it does not come. Rejects when the agent's clock does not show the step.
 */
export async function stepClock({ seconds, ...fault }: ClockFault & { readonly seconds: number }): Promise<boolean> {
  const { forMs, clock } = fault;
  const file = wallFileOf(placesOf(fault));
  if (!(await isSynced(fault))) return false;
  setWall(file, seconds);
  try {
    await demandStepped(fault, seconds);
    await sleep(clock, forMs);
  } finally {
    setWall(file, 0);
  }
  return true;
}

/** Switches an agent's computer off and on, with a clock that has lost its battery; after a while it is set right. */
export async function bootIn1970(fault: ClockFault): Promise<void> {
  const { system, lot, forMs, clock } = fault;
  const file = wallFileOf(placesOf(fault));
  // As far back as makes the lot's clock, which is faster than the machine's, read 1970.
  const seconds = -scaleWall(clock.wall(), system.wallRate) / 1_000 / system.wallRate.rate;
  await agentOf(system, lot).killHard();
  setWall(file, seconds);
  try {
    await agentOf(system, lot).start();
    await demandStepped(fault, seconds);
    await sleep(clock, forMs);
  } finally {
    setWall(file, 0);
  }
}

async function isSynced(fault: ClockFault): Promise<boolean> {
  const { clock } = fault;
  const startedAt = clock.mono();
  while (clock.mono() - startedAt < SYNCED_WITHIN_MS) {
    const quality = await clockOf(fault).then(
      (its) => its.quality,
      () => null,
    );
    if (quality === "synced") return true;
    await sleep(clock, LOOK_EVERY_MS);
  }
  return false;
}

/** The agent itself says what its computer's clock reads. */
async function demandStepped(fault: ClockFault, seconds: number): Promise<void> {
  const { system, clock } = fault;
  const { rate } = system.wallRate;
  const { at } = await clockOf(fault);
  const away = (at - scaleWall(clock.wall(), system.wallRate)) / 1_000 / rate;
  if (Math.abs(away - seconds) > ANSWER_MAX_MS / 1_000)
    throw new Error(`The agent's clock should be off by ${Math.round(seconds)} s and is off by ${away.toFixed(1)} s.`);
}

async function clockOf(fault: ClockFault) {
  return (await connectionTo(placesOf(fault).gateSocket).get("/status", agentStatus)).clock;
}

function placesOf({ system, lot }: Pick<ClockFault, "system" | "lot">): LotPlaces {
  const places = system.layout.lots[lot];
  if (!places) throw new RangeError(`There is no lot ${lot}.`);
  return places;
}
