import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { LaneInputs } from "../guard/inputs.ts";
import { endUnadmitted, leaveApproach, newVehicle, takeUnadmitted } from "./approach.ts";
import type { Crossing } from "./approach-types.ts";
import { endCrossing } from "./crossing-end.ts";
import { dropGrant, dropGrantsBefore } from "./grants.ts";
import type { Turn } from "./machine-types.ts";
import { change, standsOpen } from "./turn.ts";

/*
 * What three loops can tell, by the order of their edges:
 *
 *  - The safety loop's trailing edge, then the closing loop's: one vehicle is through.
 *  - The closing loop's trailing edge while the safety loop is still covered: the vehicle that covered both is through and
 *    another one stands under the arm, if one left the arming loop meanwhile. If none did, it rolled back.
 *  - The safety loop's trailing edge with the arming loop clear: the vehicle didn't leave backwards, since it would stand
 *    on the arming loop.
 *
 * What no loop can tell: two vehicles that leave no gap on any loop that one of them could not also make; whether a vehicle
 * that left the arming loop behind another went on or back, until one of the edges above comes. Such ones end `not_seen`.
 */

/** Vehicles between the safety loop and the end of the closing loop; more are not told apart. */
export const MAX_CROSSINGS = 4;

type Loop = "arming" | "safety" | "closing";

/** Follows the vehicles by the edges of the three loops; within one sample, in the order of travel from the arm backwards. */
export function followLoops(turn: Turn, sensed: LaneInputs, wall: WallMs): void {
  const before = turn.state.loops;
  const known = (loop: Loop): "occupied" | "clear" => (sensed[loop] === "unknown" ? before[loop] : sensed[loop]);
  const loops = { arming: known("arming"), safety: known("safety"), closing: known("closing") };
  change(turn, { loops });
  const rose = (loop: Loop): boolean => before[loop] === "clear" && loops[loop] === "occupied";
  const fell = (loop: Loop): boolean => before[loop] === "occupied" && loops[loop] === "clear";
  if (rose("safety")) reachArm(turn, wall);
  if (rose("closing")) reachClosing(turn);
  if (fell("safety")) clearArm(turn);
  if (fell("closing") && loops.safety === "occupied") uncoverClosing(turn, wall);
  if (fell("closing") || fell("safety")) finishThrough(turn);
  if (fell("arming")) leaveApproach(turn);
  if (rose("arming")) newVehicle(turn);
}

function reachArm(turn: Turn, wall: WallMs): void {
  const { arm, crossings, approach } = turn.state;
  // With its position not known just now, an arm that was raised for somebody still has a vehicle to pass under it.
  if (arm.at === "shut" || (arm.at === "starting" && turn.state.grants.length === 0)) return;
  const last = crossings.at(-1);
  // It rolled back off the safety loop and comes on again: a vehicle that left forwards would stand on the closing loop.
  if (last && last.clearedAt !== null && last.front !== "closing") return replace(turn, last, { clearedAt: null });
  if (crossings.length >= MAX_CROSSINGS) return;
  if (approach.at === "admitted") dropGrantsBefore(turn, approach.grantId);
  const [grant, ...others] = turn.state.grants;
  if (grant) {
    change(turn, { grants: others, crossings: [...crossings, { ...begin(wall), grant }] });
    if (approach.at === "admitted" && approach.grantId === grant.id) coverTail(turn);
    return;
  }
  const unwitnessed = arm.at === "open" && !arm.vended && !standsOpen(turn.state);
  const known = takeUnadmitted(turn, approach, "The vehicle drove on before the decision.");
  if (known !== null) coverTail(turn);
  change(turn, { crossings: [...turn.state.crossings, { ...begin(wall), ...known, unwitnessed }] });
}

function begin(beganAt: WallMs): Crossing {
  const unknown = { grant: null, movementId: null, ticket: null, owed: false, unwitnessed: false };
  return { ...unknown, beganAt, clearedAt: null, front: "before", forwards: false };
}

function coverTail(turn: Turn): void {
  change(turn, { approach: { at: turn.state.loops.arming === "occupied" ? "tail" : "empty" } });
}

function reachClosing(turn: Turn): void {
  const front = turn.state.crossings.find((one) => one.front !== "closing");
  if (front) replace(turn, front, { front: "closing" });
}

function clearArm(turn: Turn): void {
  const { approach, loops, crossings } = turn.state;
  const last = crossings.at(-1);
  if (last && last.clearedAt === null) {
    const forwards = loops.arming === "clear";
    // Somebody else keeps the closing loop covered, so its own leading edge could not be seen there.
    const joined = forwards && loops.closing === "occupied" && crossings.length > 1;
    replace(turn, last, { clearedAt: turn.now, forwards, front: joined ? "closing" : last.front });
  }
  for (const one of turn.state.hidden)
    endUnadmitted(turn, one, { admitted: "not_seen", otherwise: "not_seen", beganAt: null });
  change(turn, { hidden: [] });
  for (const grant of turn.state.grants)
    if (grant.hidden) dropGrant(turn, turn.state.grants.indexOf(grant), "not_seen");
  // The vehicle is past the arming loop with all its length, so whoever covers that loop is the next one.
  if (approach.at === "tail" && loops.arming === "occupied" && last?.front === "closing") newVehicle(turn);
}

/** The closing loop is clear while the safety loop is covered: by the next vehicle, or by the same that rolled back. */
function uncoverClosing(turn: Turn, wall: WallMs): void {
  const front = turn.state.crossings.find((one) => one.clearedAt === null && one.front === "closing");
  if (!front) return;
  const follower = takeHidden(turn, wall);
  if (follower === null) return replace(turn, front, { front: "back" });
  endCrossing(turn, front, "passed");
  change(turn, { crossings: [...turn.state.crossings, follower] });
}

/** The vehicle that left the arming loop while the safety loop was covered by another, now seen to be under the arm. */
function takeHidden(turn: Turn, wall: WallMs): Crossing | null {
  const { grants, hidden } = turn.state;
  const grant = grants.find((one) => one.hidden);
  if (grant) {
    change(turn, { grants: grants.filter((one) => one !== grant) });
    return { ...begin(wall), grant };
  }
  const [first, ...others] = hidden;
  if (!first) return null;
  change(turn, { hidden: others });
  return { ...begin(wall), ...first };
}

/** A passage is the safety loop's trailing edge, then the closing loop's (glossary: closing loop). */
function finishThrough(turn: Turn): void {
  if (turn.state.loops.closing === "occupied") return;
  for (const one of turn.state.crossings)
    if (one.clearedAt !== null && one.front === "closing") endCrossing(turn, one, "passed");
}

function replace(turn: Turn, crossing: Crossing, part: Partial<Crossing>): void {
  change(turn, { crossings: turn.state.crossings.map((one) => (one === crossing ? { ...one, ...part } : one)) });
}
