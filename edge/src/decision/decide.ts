import type { SessionChange } from "@gatehouse/shared/domain/access/decision.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { SessionStart } from "@gatehouse/shared/domain/session/session-types.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionRequest, LaneDecision } from "./decision-desk.ts";
import { decisionMade } from "./decision-event.ts";
import { exitChargeOf, NO_CURRENCY } from "./exit-charge.ts";
import type { SameMovement } from "./facts.ts";
import { paidWithoutStay } from "./paid-without-stay.ts";
import { type MovementPlan, type PassagePlan, passageOf, writePlan } from "./plan.ts";
import { type DeskSurroundings, type Ruling, ruleOn } from "./ruling.ts";
import { type Earlier, earlierOf, shownWith, stayGoingOn, takeBack } from "./same-movement.ts";
import { closeSession } from "./session-events.ts";
import { applyToSession, type DeskWork, sessionOf } from "./session-writer.ts";
import { plateTextOf, type Shown } from "./shown.ts";
import { bookValidation } from "./take-validation.ts";

/** Decides for a vehicle and writes all that follows, in the running transaction. */
export function decideVehicle(surroundings: DeskSurroundings, work: DeskWork, request: DecisionRequest): LaneDecision {
  const earlier = earlierOf(work, request);
  return decideShown(surroundings, work, { shown: shownWith(request, earlier), earlier });
}

/** The same for what is known to have been shown: with `earlier`, it is the same vehicle's same movement. */
export function decideShown(
  surroundings: DeskSurroundings,
  work: DeskWork,
  given: { readonly shown: Shown; readonly earlier: Earlier | null },
): LaneDecision {
  const { earlier } = given;
  const movementId = earlier?.movement.movementId ?? work.newId();
  const without: SameMovement = {
    opened: earlier?.opened ?? null,
    unboundSessionId: paidWithoutStay(work, given),
    validationFault: null,
    onTrial: [],
  };
  const { shown, same } = bookValidation(surroundings, work, { ...given, same: without, movementId });
  const ruling = ruleOn(surroundings, sittingOf(work), { shown, same });
  if (ruling.policy === null) noteMissingPolicy(work, shown);
  const plan = planOf(work, ruling, { shown, earlier, unboundSessionId: same.unboundSessionId });
  const sessionId = sessionIdOf(ruling, plan);
  work.tx.emit(decisionMade(ruling, shown, { movementId, sessionId }));
  auditOverride(work, shown);
  changeSessions(work, ruling, { movementId, shown, plan, earlier });
  const plate = plateOf(ruling, shown);
  work.records.movements.write({
    movementId,
    laneId: shown.laneId,
    direction: shown.direction,
    sessionId,
    plate,
    decided: ruling.decision.outcome,
    reasons: ruling.reasons,
    plan: writePlan(plan),
    beganAt: earlier?.movement.beganAt ?? shown.override?.letGoAt ?? work.tx.stamp.at,
    outcome: earlier?.movement.outcome ?? null,
    endedAt: earlier?.movement.endedAt ?? null,
  });
  return laneDecision(ruling, { movementId, sessionId, plate });
}

/** The running transaction as the rules see it. */
export function sittingOf({ records, tx }: DeskWork) {
  return { records, at: tx.stamp.at, clock: tx.stamp.quality };
}

interface Context {
  readonly shown: Shown;
  readonly earlier: Earlier | null;
}

function planOf(
  work: DeskWork,
  { decision, policy }: Ruling,
  { shown, earlier, unboundSessionId }: Context & Pick<SameMovement, "unboundSessionId">,
): MovementPlan {
  const charge = exitChargeOf(decision.charge, policy?.currency ?? NO_CURRENCY);
  const isExit = shown.direction === "exit";
  const sessionId = (isExit ? unboundSessionId : null) ?? plannedSession(work, earlier, decision.session);
  const passage: PassagePlan =
    decision.outcome === "admit"
      ? passageOf(decision.session, { newSessionId: sessionId, isExit, charge })
      : { kind: "none" };
  const found = decision.reasons.find(({ code }) => code === "session_found")?.rule ?? null;
  const wasLetGo = shown.override?.letGoAt !== undefined;
  const failed = wasLetGo || decision.reasons.some(({ code }) => code === "fail_open");
  return {
    passage: passage.kind === "exit" && failed ? { ...passage, reason: "fail_open" } : passage,
    shown: isExit || decision.outcome !== "admit" ? shown : null,
    sessionId,
    foundSessionId: found,
    ...(decision.charge.kind === "due" && { asked: { at: work.tx.stamp.at, dueMinor: decision.charge.dueMinor } }),
  };
}

/** A stay's id is used for one stay: the one that goes on, or one that was never opened. */
function plannedSession({ newId }: DeskWork, earlier: Earlier | null, change: SessionChange): Uuid {
  if (earlier === null) return newId();
  const { opened, plan } = earlier;
  const goingOn = stayGoingOn(opened, change);
  if (goingOn !== null) return goingOn.sessionId;
  return opened?.sessionId === plan.sessionId ? newId() : plan.sessionId;
}

/** The session that the decision is about; for a payment without a known stay, the one it will be booked under. */
function sessionIdOf({ decision }: Ruling, { passage, foundSessionId, sessionId }: MovementPlan): Uuid | null {
  if (passage.kind !== "none") return passage.sessionId;
  if (foundSessionId !== null) return foundSessionId;
  return decision.charge.kind === "due" ? sessionId : null;
}

interface SessionContext extends Context {
  readonly movementId: Uuid;
  readonly plan: MovementPlan;
}

/** What the decision itself changes; the rest waits until the vehicle has passed. */
function changeSessions(work: DeskWork, { decision, policy }: Ruling, context: SessionContext): void {
  const opened = context.earlier?.opened ?? null;
  const change: SessionChange = decision.session;
  if (stayGoingOn(opened, change) !== null) return;
  takeBack(work, opened);
  switch (change.kind) {
    case "none":
    case "move":
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

function openSession(work: DeskWork, start: SessionStart, { movementId, shown, plan }: SessionContext): void {
  const { sessionId } = plan;
  applyToSession(work, null, { event: { type: "opened", sessionId, start, movementId }, currency: null });
  work.tx.emit({
    type: "session.opened",
    session_id: sessionId,
    plate: start.plate,
    ticket: shown.code?.kind === "pin" ? null : (start.ticket?.slice(0, 64) ?? null),
    kind: start.kind,
    permit_id: start.permitId,
    reservation_id: start.reservationId,
    lane_id: shown.laneId,
    movement_id: movementId,
    spot_type: start.spotType,
    tariff: start.tariff === null ? null : { id: start.tariff.id, version: start.tariff.version },
    entered_at: start.enteredAt,
  });
}

function resumeSession(work: DeskWork, sessionId: Uuid, { movementId, shown }: SessionContext): void {
  const { direction, laneId } = shown;
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
  if (closed) work.records.occupancy.superseded(session);
}

function auditOverride({ tx }: DeskWork, { override, laneId }: Shown): void {
  if (override === null || override.letGoAt !== undefined) return;
  const { actor, reason, commandId } = override;
  tx.emit({ type: "lane.overridden", lane_id: laneId, action: "open", actor, reason, command_id: commandId });
}

function noteMissingPolicy({ tx }: DeskWork, { laneId, direction }: Shown): void {
  tx.journal({
    laneId,
    kind: "decision.no_policy",
    data: { message: "The lot's policy has not come from the cloud yet: entries stay closed, exits open.", direction },
  });
}

function plateOf({ decision }: Ruling, shown: Shown): string | null {
  if (decision.matchedPlate !== null) return decision.matchedPlate;
  if (decision.credential?.kind === "plate") return decision.credential.value;
  return normalisePlate(plateTextOf(shown));
}

/** What the lane is told of a ruling. */
export function laneDecision(
  { decision, reasons }: Ruling,
  { movementId, sessionId, plate }: Pick<LaneDecision, "movementId" | "sessionId" | "plate">,
): LaneDecision {
  const { charge, displayKey } = decision;
  return {
    movementId,
    sessionId,
    plate,
    outcome: decision.outcome,
    ask: decision.outcome === "ask" ? decision.ask : null,
    reasons,
    displayKey,
    due: charge.kind === "due" ? { amountMinor: charge.dueMinor, currency: charge.quote.currency } : null,
  };
}
