import { later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { committed, LANE_START_M, STOP_LINE_M, throughLane } from "../devices/lane-geometry.ts";

/*
 *   approaching ──▶ waiting ──▶ passing ──▶ through
 *                    │   ▲         │
 *                    │   └─────────┘  light or arm gone before the safety loop
 *                    └──▶ reversing ──▶ backed_out
 *
 * 1. Nobody passes the stop line without a green light and a raised arm.
 * 2. Who has his front over the safety loop goes on, whatever light and arm do.
 */

/** How a driver is, fixed for a visit. */
export interface DriverTemper {
  readonly speedMps: number;
  readonly reactionMs: number;
  /** Changes his mind after the gate has opened. */
  readonly backsOut: boolean;
  /** Follows the vehicle before through the gate. */
  readonly tailgates: boolean;
}

export type BackOutCause = "changed_mind" | "refused" | "gave_up";

export type DriverPhase =
  | { readonly name: "approaching" }
  /** `goAt` and `turnAt`: when the reaction to what was seen is over; null while nothing was seen. */
  | { readonly name: "waiting"; readonly since: MonoMs; readonly goAt: MonoMs | null; readonly turnAt: MonoMs | null }
  /** `slipped`: behind another vehicle, on its vend. */
  | { readonly name: "passing"; readonly slipped: boolean }
  | { readonly name: "reversing"; readonly cause: BackOutCause }
  | { readonly name: "through"; readonly slipped: boolean }
  | { readonly name: "backed_out"; readonly cause: BackOutCause };

export interface Driver {
  readonly frontM: number;
  readonly lengthM: number;
  readonly temper: DriverTemper;
  readonly phase: DriverPhase;
}

/** What a driver sees from his seat. */
export interface LaneSight {
  readonly green: boolean;
  readonly armUp: boolean;
  /** The display tells him that he can't pass. */
  readonly refused: boolean;
  /** The display is dark, because its agent is gone: drivers wait for somebody to come. */
  readonly dark: boolean;
  /** Nobody is allowed to turn round here: an exit. */
  readonly noWayBack: boolean;
  /** The vehicle before is still in the gate, so the green light is not for this driver. */
  readonly following: boolean;
}

export interface DriveStep {
  readonly now: MonoMs;
  readonly elapsedMs: number;
  /** How much faster than people these drivers act and drive. */
  readonly pace: number;
}

/** How long drivers look at a refusal before they turn round, and how long they wait for anything at all. */
const REFUSAL_READ_MS = 3_000;
const PATIENCE_MS = 90_000;

/** A driver that turns into a lane. */
export function arriving(temper: DriverTemper, lengthM: number): Driver {
  return { frontM: LANE_START_M, lengthM, temper, phase: { name: "approaching" } };
}

/** The driver after one step of time. */
export function drive(driver: Driver, sight: LaneSight, step: DriveStep): Driver {
  switch (driver.phase.name) {
    case "approaching":
      return approach(driver, sight, step);
    case "waiting":
      return wait(driver, driver.phase, sight, step);
    case "passing":
      return pass(driver, driver.phase.slipped, sight, step);
    case "reversing":
      return reverse(driver, driver.phase.cause, step);
    case "through":
    case "backed_out":
      return driver;
  }
}

function approach(driver: Driver, sight: LaneSight, step: DriveStep): Driver {
  const frontM = Math.min(STOP_LINE_M, driver.frontM + metres(driver, step));
  if (frontM < STOP_LINE_M) return { ...driver, frontM };
  if (driver.temper.tailgates && sight.following)
    return { ...driver, frontM, phase: { name: "passing", slipped: true } };
  return { ...driver, frontM, phase: { name: "waiting", since: step.now, goAt: null, turnAt: null } };
}

type Waiting = Extract<DriverPhase, { name: "waiting" }>;

function wait(driver: Driver, phase: Waiting, sight: LaneSight, step: DriveStep): Driver {
  const mayGo = sight.green && sight.armUp && !sight.following;
  const goAt = mayGo ? (phase.goAt ?? later(step.now, driver.temper.reactionMs / step.pace)) : null;
  const turnAt = sight.refused ? (phase.turnAt ?? later(step.now, REFUSAL_READ_MS / step.pace)) : null;
  if (goAt !== null && step.now >= goAt) {
    if (driver.temper.backsOut && !sight.dark) return turnBack(driver, "changed_mind");
    return { ...driver, phase: { name: "passing", slipped: false } };
  }
  if (!sight.noWayBack && !sight.dark) {
    if (turnAt !== null && step.now >= turnAt) return turnBack(driver, "refused");
    if (goAt === null && step.now - phase.since > PATIENCE_MS / step.pace) return turnBack(driver, "gave_up");
  }
  // Patience is not used up by an agent that is gone.
  const since = sight.dark ? step.now : phase.since;
  return { ...driver, phase: { name: "waiting", since, goAt, turnAt } };
}

function turnBack(driver: Driver, cause: BackOutCause): Driver {
  return { ...driver, phase: { name: "reversing", cause } };
}

function pass(driver: Driver, slipped: boolean, sight: LaneSight, step: DriveStep): Driver {
  const mustStop = slipped ? !sight.following && !sight.armUp : !(sight.green && sight.armUp);
  if (!committed(driver) && mustStop) {
    return { ...driver, frontM: STOP_LINE_M, phase: { name: "waiting", since: step.now, goAt: null, turnAt: null } };
  }
  const moved = { ...driver, frontM: driver.frontM + metres(driver, step) };
  return throughLane(moved) ? { ...moved, phase: { name: "through", slipped } } : moved;
}

function reverse(driver: Driver, cause: BackOutCause, step: DriveStep): Driver {
  const frontM = driver.frontM - metres(driver, step);
  return frontM <= LANE_START_M ? { ...driver, frontM, phase: { name: "backed_out", cause } } : { ...driver, frontM };
}

function metres(driver: Driver, step: DriveStep): number {
  return (driver.temper.speedMps * step.pace * step.elapsedMs) / 1_000;
}
