import type { SessionChange } from "@gatehouse/shared/domain/access/decision.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { SessionStart } from "@gatehouse/shared/domain/session/session-types.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Movement } from "../store/movement-rows.ts";
import type { DecisionRequest, LaneDecision } from "./decision-desk.ts";
import { decisionMade } from "./decision-event.ts";
import { exitChargeOf, NO_CURRENCY } from "./exit-charge.ts";
import { type MovementPlan, type PassagePlan, passageOf, readPlan, writePlan } from "./plan.ts";
import { type DeskSurroundings, type Ruling, ruleOn } from "./ruling.ts";
import { closeSession } from "./session-events.ts";
import { applyToSession, type DeskWork, sessionOf } from "./session-writer.ts";

/**
 * Decides for a vehicle and writes all that follows, in the running transaction. With `again` it is the same vehicle's
 * same movement, after a payment.
 */
export function decideVehicle(
  surroundings: DeskSurroundings,
  work: DeskWork,
  ask: { readonly request: DecisionRequest; readonly again: Movement | null },
): LaneDecision {
  const { request, again } = ask;
  const earlier = again === null ? null : readPlan(again.plan);
  const ruling = ruleOn(surroundings, work, { request, unboundSessionId: earlier?.sessionId ?? null });
  const movementId = again?.movementId ?? work.newId();
  const plan = planOf(ruling, request, earlier?.sessionId ?? work.newId());
  const sessionId = sessionIdOf(ruling, plan);
  work.tx.emit(decisionMade(ruling, request, { movementId, sessionId }));
  if (request.override !== null) auditOverride(work, request);
  changeSessions(work, ruling, { movementId, request, plan });
  const plate = plateOf(ruling, request);
  work.records.movements.write({
    movementId,
    laneId: request.laneId,
    direction: request.direction,
    sessionId,
    plate,
    decided: ruling.decision.outcome,
    reasons: ruling.reasons,
    plan: writePlan(plan),
    beganAt: again?.beganAt ?? request.override?.letGoAt ?? work.tx.stamp.at,
    outcome: again?.outcome ?? null,
    endedAt: again?.endedAt ?? null,
  });
  return laneDecision(ruling, { movementId, sessionId, plate });
}

function planOf({ decision, policy }: Ruling, request: DecisionRequest, newSessionId: Uuid): MovementPlan {
  const charge = exitChargeOf(decision.charge, policy?.currency ?? NO_CURRENCY);
  const isExit = request.direction === "exit";
  const passage: PassagePlan =
    decision.outcome === "admit" ? passageOf(decision.session, { newSessionId, isExit, charge }) : { kind: "none" };
  const found = decision.reasons.find(({ code }) => code === "session_found")?.rule ?? null;
  const wasLetGo = request.override?.letGoAt !== undefined;
  const failed = wasLetGo || decision.reasons.some(({ code }) => code === "fail_open");
  return {
    passage: passage.kind === "exit" && failed ? { ...passage, reason: "fail_open" } : passage,
    request: isExit ? request : null,
    sessionId: newSessionId,
    foundSessionId: found,
  };
}

/** The session that the decision is about; for a payment without a known stay, the one it will be booked under. */
function sessionIdOf({ decision }: Ruling, { passage, foundSessionId, sessionId }: MovementPlan): Uuid | null {
  if (passage.kind !== "none") return passage.sessionId;
  if (foundSessionId !== null) return foundSessionId;
  return decision.charge.kind === "due" ? sessionId : null;
}

interface SessionContext {
  readonly movementId: Uuid;
  readonly request: DecisionRequest;
  readonly plan: MovementPlan;
}

/** What the decision itself changes; the rest waits until the vehicle has passed. */
function changeSessions(work: DeskWork, { decision, policy }: Ruling, context: SessionContext): void {
  if (decision.outcome !== "admit") return;
  const change: SessionChange = decision.session;
  switch (change.kind) {
    case "none":
    case "close":
    case "close_without_entry":
      return;
    case "open": {
      for (const sessionId of change.supersedes) supersede(work, sessionId, policy?.currency ?? NO_CURRENCY);
      openSession(work, change.start, context);
      return;
    }
    case "resume":
      resumeSession(work, change.sessionId, context);
  }
}

function openSession(work: DeskWork, start: SessionStart, { movementId, request, plan }: SessionContext): void {
  const { sessionId } = plan;
  applyToSession(work, null, { event: { type: "opened", sessionId, start, movementId }, currency: null });
  work.tx.emit({
    type: "session.opened",
    session_id: sessionId,
    plate: start.plate,
    ticket: start.ticket === null ? null : start.ticket.slice(0, 64),
    kind: start.kind,
    permit_id: start.permitId,
    reservation_id: start.reservationId,
    lane_id: request.laneId,
    movement_id: movementId,
    spot_type: start.spotType,
    tariff: start.tariff === null ? null : { id: start.tariff.id, version: start.tariff.version },
    entered_at: start.enteredAt,
  });
}

function resumeSession(work: DeskWork, sessionId: Uuid, { movementId, request }: SessionContext): void {
  const { direction, laneId } = request;
  const movement = { movementId, direction, outcome: null };
  applyToSession(work, sessionOf(work, sessionId), { event: { type: "moved", movement }, currency: null });
  work.tx.emit({
    type: "session.resumed",
    session_id: sessionId,
    movement_id: movementId,
    lane_id: laneId,
    direction,
  });
}

/** The vehicle stands at an entry, so it must have left before, unseen. That stay can't be priced. */
function supersede(work: DeskWork, sessionId: Uuid, currency: string): void {
  const session = sessionOf(work, sessionId);
  const charge = { feeMinor: 0, paidMinor: 0, debtMinor: 0, currency, settledDebts: [] };
  const closed = closeSession(work, session, {
    reason: "superseded",
    charge,
    exitedAt: work.tx.stamp.at,
    laneId: null,
    movementId: null,
  });
  if (closed) work.records.occupancy.superseded(session.spotType);
}

function auditOverride({ tx }: DeskWork, { override, laneId }: DecisionRequest): void {
  if (override === null || override.letGoAt !== undefined) return;
  const { actor, reason, commandId } = override;
  tx.emit({ type: "lane.overridden", lane_id: laneId, action: "open", actor, reason, command_id: commandId });
}

function plateOf({ decision }: Ruling, { read, credential }: DecisionRequest): string | null {
  if (decision.matchedPlate !== null) return decision.matchedPlate;
  if (decision.credential?.kind === "plate") return decision.credential.value;
  return normalisePlate(read?.raw ?? (credential.kind === "plate" ? credential.value : ""));
}

function laneDecision(
  { decision, reasons }: Ruling,
  ids: { readonly movementId: Uuid; readonly sessionId: Uuid | null; readonly plate: string | null },
): LaneDecision {
  const { charge, displayKey } = decision;
  return {
    ...ids,
    outcome: decision.outcome,
    ask: decision.outcome === "ask" ? decision.ask : null,
    reasons,
    displayKey,
    due: charge.kind === "due" ? { amountMinor: charge.dueMinor, currency: charge.quote.currency } : null,
  };
}
