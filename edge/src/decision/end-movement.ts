import type { MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { Session } from "@gatehouse/shared/domain/session/session-types.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Movement } from "../store/movement-rows.ts";
import { closeWithoutEntry, type ExitWithoutEntry } from "./close-without-entry.ts";
import { countPassage } from "./count-passage.ts";
import { closeForgotten, isWaiting } from "./paid-without-stay.ts";
import { type PassagePlan, readPlan } from "./plan.ts";
import { closeSession, collectAutomatically, endSession, noteMovement } from "./session-events.ts";
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
  if (direction === "exit") closeForgotten(work);
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
    case "move":
      return endMove(work, ending, passage);
    case "exit_again":
      return endExitAgain(work, ending, sessionOf(work, passage.sessionId));
    default:
      assertNever(passage);
  }
}

/** It passed all the same, behind another vehicle or through an open lane: it counts, though no stay knows it. */
function countUnadmitted(work: DeskWork, { movement, outcome }: Ending): void {
  if (outcome === "passed" || outcome === "tailgated") countPassage(work, movement);
}

/** The stay goes on in another area; one that nobody knows changes the counts alone. */
function endMove(work: DeskWork, ending: Ending, plan: Extract<PassagePlan, { kind: "move" }>): void {
  const { movement, outcome } = ending;
  if (outcome === "backed_out") return;
  if (plan.sessionId === null) return countUnadmitted(work, ending);
  const session = sessionOf(work, plan.sessionId);
  if (plan.to !== session.area)
    applyToSession(work, session, { event: { type: "changed_area", area: plan.to }, currency: null });
  work.tx.journal({ laneId: movement.laneId, kind: "session.changed_area", data: { ...plan } });
}

/** Not seen: the stay is kept, and gone on with when the same vehicle is read here again. */
function endEntry(work: DeskWork, { movement, outcome }: Ending, session: Session): void {
  const moved = noteMovement(work, session, { movementId: movement.movementId, direction: "entry", outcome });
  if (outcome === "backed_out") endSession(work, moved, "backed_out");
}

function endExit(work: DeskWork, ending: Ending, plan: Extract<PassagePlan, { kind: "exit" }>): void {
  const { movement, outcome, endedAt } = ending;
  const { movementId, laneId } = movement;
  const session = noteMovement(work, sessionOf(work, plan.sessionId), { movementId, direction: "exit", outcome });
  // What it paid stays paid: it may come back within its time to leave.
  if (outcome === "backed_out") return;
  const reason = outcome === "not_seen" ? "exit_unconfirmed" : plan.reason;
  const { sessionId, charge } = plan;
  if (!closeSession(work, session, { reason, charge, exitedAt: endedAt, laneId, movementId })) return;
  collectAutomatically(work, charge, { sessionId, laneId, movementId });
}

function endExitWithoutEntry(work: DeskWork, ending: Ending, plan: ExitWithoutEntry): void {
  const { movement, outcome, endedAt } = ending;
  if (outcome === "backed_out") return;
  // It has paid and may still stand there: `closeForgotten` closes its stay if it doesn't come again.
  if (outcome === "not_seen" && isWaiting(work, plan.sessionId)) return;
  closeWithoutEntry(work, { movement, plan, exitedAt: endedAt });
}

/** Until it is seen to pass it stays a vehicle that was not seen to leave. */
function endExitAgain(work: DeskWork, { movement, outcome }: Ending, session: Session): void {
  const passed = outcome === "passed" || outcome === "tailgated";
  const { movementId } = movement;
  noteMovement(work, session, { movementId, direction: "exit", outcome: passed ? outcome : "not_seen" });
}
