import type { MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { Session } from "@gatehouse/shared/domain/session/session-types.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Movement } from "../store/movement-rows.ts";
import { type PassagePlan, readPlan } from "./plan.ts";
import { closeSession, noteMovement, voidSession } from "./session-events.ts";
import { applyToSession, type DeskWork, sessionOf } from "./session-writer.ts";

export interface Ending {
  readonly movement: Movement;
  readonly outcome: MovementOutcome;
  readonly endedAt: WallMs;
}

/** Completes a movement with what the vehicle did, and carries out what the decision planned for that. */
export function endMovement(work: DeskWork, ending: Ending): void {
  const { movement, outcome, endedAt } = ending;
  const { movementId, laneId, direction, sessionId, plate, beganAt } = movement;
  work.records.movements.write({ ...movement, outcome, endedAt });
  work.tx.emit({
    type: "movement.recorded",
    movement_id: movementId,
    lane_id: laneId,
    direction,
    outcome,
    session_id: sessionId,
    plate,
    began_at: beganAt,
    ended_at: endedAt,
  });
  carryOut(work, ending, readPlan(movement.plan).passage);
}

function carryOut(work: DeskWork, ending: Ending, passage: PassagePlan): void {
  switch (passage.kind) {
    case "none":
      return countUnadmitted(work, ending);
    case "entry":
      return endEntry(work, ending, sessionOf(work, passage.sessionId));
    case "exit":
      return endExit(work, ending, passage);
    case "exit_without_entry":
      return endExitWithoutEntry(work, ending, passage);
    case "exit_again":
      return endExitAgain(work, ending, sessionOf(work, passage.sessionId));
    default:
      assertNever(passage);
  }
}

/** It passed all the same, behind another vehicle or through an open lane: it counts, though no stay knows it. */
function countUnadmitted({ records }: DeskWork, { movement, outcome }: Ending): void {
  if (outcome !== "passed" && outcome !== "tailgated") return;
  records.occupancy.correct("standard", movement.direction === "entry" ? "came_in" : "went_out");
}

/** Not seen: the stay is kept, and gone on with when the same vehicle is read here again. */
function endEntry(work: DeskWork, { movement, outcome }: Ending, session: Session): void {
  const moved = noteMovement(work, session, { movementId: movement.movementId, direction: "entry", outcome });
  if (outcome === "backed_out") voidSession(work, moved);
}

function endExit(work: DeskWork, ending: Ending, plan: Extract<PassagePlan, { kind: "exit" }>): void {
  const { movement, outcome, endedAt } = ending;
  const { movementId, laneId } = movement;
  const session = noteMovement(work, sessionOf(work, plan.sessionId), { movementId, direction: "exit", outcome });
  // What it paid stays paid: it may come back within its time to leave.
  if (outcome === "backed_out") return;
  const reason = outcome === "not_seen" ? "exit_unconfirmed" : plan.reason;
  closeSession(work, session, { reason, charge: plan.charge, exitedAt: endedAt, laneId, movementId });
}

function endExitWithoutEntry(
  work: DeskWork,
  { movement, outcome, endedAt }: Ending,
  plan: Extract<PassagePlan, { kind: "exit_without_entry" }>,
): void {
  if (outcome === "backed_out") return;
  const { movementId, laneId, beganAt } = movement;
  const { sessionId, plate, ticket, tariff, charge } = plan;
  const start = {
    kind: "transient",
    plate,
    ticket,
    permitId: null,
    reservationId: null,
    spotType: "standard",
    vehicleClass: null,
    occupancyPermilleAtEntry: null,
    tariff,
    enteredAt: beganAt,
  } as const;
  const opened = applyToSession(work, null, {
    event: { type: "opened", sessionId, start, movementId },
    currency: null,
  });
  if (opened === null) return;
  const session = noteMovement(work, opened, { movementId, direction: "exit", outcome: "passed" });
  closeSession(work, session, { reason: "exit_without_entry", charge, exitedAt: endedAt, laneId, movementId });
  work.records.occupancy.correct("standard", "unpaired");
}

/** Until it is seen to pass it stays a vehicle that was not seen to leave. */
function endExitAgain(work: DeskWork, { movement, outcome }: Ending, session: Session): void {
  const passed = outcome === "passed" || outcome === "tailgated";
  const { movementId } = movement;
  noteMovement(work, session, { movementId, direction: "exit", outcome: passed ? outcome : "not_seen" });
}
