import type { LoopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";

/** A vehicle in a lane: metres along the lane, the arm at 0, travel towards plus. */
export interface Body {
  readonly frontM: number;
  readonly lengthM: number;
}

interface Stretch {
  readonly fromM: number;
  readonly toM: number;
}

/** Where the loops of a lane lie, in the order in which a vehicle meets them: arming before the arm, safety under it, closing past it. */
export const LOOPS: Readonly<Record<LoopName, Stretch>> = {
  arming: { fromM: -5, toM: -2 },
  safety: { fromM: -1.2, toM: 1.2 },
  closing: { fromM: 2.4, toM: 4.4 },
  safety_b: { fromM: -1.2, toM: 1.2 },
};

/** The loops of a lane without second channels. */
export const FITTED_LOOPS: readonly LoopName[] = ["arming", "safety", "closing"];

/** Where a front is when its vehicle turns into the lane, and where it is gone again after backing out. */
export const LANE_START_M = -9;
/** Where drivers stop: over the arming loop, before the safety loop. */
export const STOP_LINE_M = -1.6;
/** Half the width of the strip in which the arm comes down. */
const ARM_STRIP_M = 0.15;

/** Whether any of the bodies covers part of the loop. */
export function loopOccupied(loop: LoopName, bodies: readonly Body[]): boolean {
  return bodies.some((body) => covers(body, LOOPS[loop]));
}

/** Whether the body stands where the arm comes down. */
export function underArm(body: Body): boolean {
  return covers(body, { fromM: -ARM_STRIP_M, toM: ARM_STRIP_M });
}

/** Whether the driver is so far in that going on is the only way: the front is over the safety loop. */
export function committed(body: Body): boolean {
  return body.frontM > LOOPS.safety.fromM;
}

/** Whether the whole body is past the closing loop. */
export function throughLane(body: Body): boolean {
  return body.frontM - body.lengthM > LOOPS.closing.toM;
}

function covers(body: Body, stretch: Stretch): boolean {
  return body.frontM > stretch.fromM && body.frontM - body.lengthM < stretch.toM;
}
