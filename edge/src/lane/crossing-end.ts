import { endUnadmitted, newVehicle } from "./approach.ts";
import type { Crossing } from "./approach-types.ts";
import { disturb } from "./arm.ts";
import { endGrant } from "./grants.ts";
import type { Turn } from "./machine-types.ts";
import { change, emit, standsOpen } from "./turn.ts";

/** From the safety loop's trailing edge without the closing loop to the verdict, ms. */
export const PASS_CONFIRM_MS = 3_000;
const MAX_RECENT = 8;

type Ending = "passed" | "backed_out" | "not_seen";

/** Ends crossings that left the safety loop but were not seen on the closing loop. */
export function expireCrossings(turn: Turn): void {
  const [front] = turn.state.crossings;
  if (!front || front.clearedAt === null || turn.now - front.clearedAt < PASS_CONFIRM_MS) return;
  const closingDead = turn.state.sensed.closing === "unknown";
  if (front.front === "closing") {
    if (closingDead) endCrossing(turn, front, "passed");
    return;
  }
  // It could not leave backwards over a clear arming loop, and was not seen to leave forwards.
  endCrossing(turn, front, closingDead || front.forwards ? "not_seen" : "backed_out");
}

/** Records what a vehicle under the arm did. One that was not admitted has tailgated when it passed. */
export function endCrossing(turn: Turn, crossing: Crossing, outcome: Ending): void {
  change(turn, { crossings: turn.state.crossings.filter((one) => one !== crossing) });
  disturb(turn);
  if (outcome !== "passed" && turn.state.approach.at === "tail") newVehicle(turn);
  if (crossing.unwitnessed) return;
  const { grant, beganAt, ticket, movementId } = crossing;
  if (grant) {
    endGrant(turn, grant, { outcome, beganAt });
    return outcome === "passed" ? rememberPassed(turn, grant.values) : undefined;
  }
  const otherwise = outcome === "passed" && !standsOpen(turn.state) ? "tailgated" : outcome;
  endUnadmitted(turn, crossing, { admitted: outcome, otherwise, beganAt });
  if (ticket !== null || movementId !== null) return;
  if (otherwise === "tailgated" || otherwise === "passed")
    emit(turn, { kind: "undecided", direction: turn.state.direction, outcome: otherwise, beganAt });
}

function rememberPassed(turn: Turn, values: readonly string[]): void {
  const passed = values.map((value) => ({ value, at: turn.now }));
  change(turn, { recent: [...turn.state.recent, ...passed].slice(-MAX_RECENT) });
}
