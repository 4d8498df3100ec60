import type { MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { LaneInputs } from "../guard/inputs.ts";
import { leaveApproach, newVehicle } from "./approach.ts";
import { disturb } from "./arm.ts";
import { dropGrantsBefore, endGrant } from "./grants.ts";
import type { Crossing, Turn } from "./machine-types.ts";
import { awaitGone, change, emit, standsOpen } from "./turn.ts";

/** From the safety loop's trailing edge without the closing loop to the verdict, ms. */
export const PASS_CONFIRM_MS = 3_000;
/** Vehicles between the safety loop and the end of the closing loop; more are not told apart. */
export const MAX_CROSSINGS = 4;
const MAX_RECENT = 8;

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
  if (last && last.clearedAt !== null && !last.sawClosing) return replaceLast(turn, { ...last, clearedAt: null });
  if (crossings.length >= MAX_CROSSINGS) return;
  if (approach.at === "admitted") dropGrantsBefore(turn, approach.grantId);
  const [grant, ...others] = turn.state.grants;
  const unwitnessed = arm.at === "open" && !arm.vended && !standsOpen(turn.state);
  const base = { beganAt: wall, clearedAt: null, sawClosing: false, movementId: null, ticket: null, unwitnessed };
  if (grant) {
    change(turn, { grants: others, crossings: [...crossings, { ...base, grant, unwitnessed: false }] });
    if (approach.at === "admitted" && approach.grantId === grant.id) coverTail(turn);
    return;
  }
  change(turn, { crossings: [...crossings, { ...base, grant: null, ...takeUndecided(turn) }] });
}

/** What is known of a vehicle that drives on without having been admitted. */
function takeUndecided(turn: Turn): Pick<Crossing, "movementId" | "ticket"> {
  const { approach } = turn.state;
  switch (approach.at) {
    case "deciding":
      coverTail(turn);
      return { movementId: null, ticket: approach.ticket };
    case "waiting":
      coverTail(turn);
      return { movementId: approach.last?.movementId ?? null, ticket: null };
    case "paying":
      emit(turn, { kind: "peripheral", command: { kind: "cancel_payment", requestId: approach.requestId } });
      coverTail(turn);
      return { movementId: approach.movementId, ticket: approach.booking?.ticket ?? null };
    case "empty":
    case "admitted":
    case "tail":
      return { movementId: null, ticket: null };
  }
}

function coverTail(turn: Turn): void {
  change(turn, { approach: { at: turn.state.loops.arming === "occupied" ? "tail" : "empty" } });
}

function reachClosing(turn: Turn): void {
  const index = turn.state.crossings.findIndex((one) => !one.sawClosing);
  if (index >= 0) replaceAt(turn, index, { sawClosing: true });
}

function clearArm(turn: Turn): void {
  const last = turn.state.crossings.at(-1);
  if (last && last.clearedAt === null) replaceLast(turn, { ...last, clearedAt: turn.now });
  // The vehicle is past the arming loop with all its length, so whoever covers that loop is the next one.
  const { approach, loops } = turn.state;
  if (approach.at === "tail" && loops.arming === "occupied" && last?.sawClosing) newVehicle(turn);
}

/** A passage is the safety loop's trailing edge, then the closing loop's (glossary: closing loop). */
function finishThrough(turn: Turn): void {
  const [front] = turn.state.crossings;
  if (!front || front.clearedAt === null || !front.sawClosing || turn.state.loops.closing === "occupied") return;
  endCrossing(turn, "passed");
}

/** Ends crossings that left the safety loop but were not seen on the closing loop. */
export function expireCrossings(turn: Turn): void {
  const [front] = turn.state.crossings;
  if (!front || front.clearedAt === null || turn.now - front.clearedAt < PASS_CONFIRM_MS) return;
  if (front.sawClosing) {
    if (turn.state.sensed.closing === "unknown") endCrossing(turn, "passed");
    return;
  }
  const closingDead = turn.state.sensed.closing === "unknown";
  endCrossing(turn, closingDead ? "not_seen" : "backed_out");
}

function endCrossing(turn: Turn, outcome: "passed" | "backed_out" | "not_seen"): void {
  const [front, ...others] = turn.state.crossings;
  if (!front) return;
  change(turn, { crossings: others });
  disturb(turn);
  if (outcome !== "passed" && turn.state.approach.at === "tail") newVehicle(turn);
  if (front.unwitnessed) return;
  if (front.grant) return endAdmitted(turn, front, outcome);
  const tailgated: MovementOutcome = outcome === "passed" && !standsOpen(turn.state) ? "tailgated" : outcome;
  if (front.ticket !== null) awaitGone(turn, { ticket: front.ticket, admitted: outcome, otherwise: tailgated });
  else if (front.movementId !== null) emit(turn, { kind: "finish", movementId: front.movementId, outcome: tailgated });
  else if (tailgated === "tailgated" || tailgated === "passed") {
    emit(turn, { kind: "undecided", outcome: tailgated, beganAt: front.beganAt });
  }
}

function endAdmitted(turn: Turn, front: Crossing, outcome: "passed" | "backed_out" | "not_seen"): void {
  const { grant } = front;
  if (!grant) return;
  endGrant(turn, grant, outcome);
  if (outcome !== "passed") return;
  if (grant.origin === "operator" && grant.movementId === null) {
    emit(turn, { kind: "undecided", outcome: "passed", beganAt: front.beganAt });
  }
  if (grant.value !== null) {
    change(turn, { recent: [...turn.state.recent, { value: grant.value, at: turn.now }].slice(-MAX_RECENT) });
  }
}

function replaceLast(turn: Turn, crossing: Crossing): void {
  change(turn, { crossings: [...turn.state.crossings.slice(0, -1), crossing] });
}

function replaceAt(turn: Turn, index: number, part: Partial<Crossing>): void {
  change(turn, { crossings: turn.state.crossings.map((one, at) => (at === index ? { ...one, ...part } : one)) });
}
