import type { LaneDecision } from "../decision/decision-desk.ts";
import type { Crossing, Grant, Hidden } from "./approach-types.ts";
import type { Turn } from "./machine-types.ts";
import { change, emit } from "./turn.ts";

/** A decision for a vehicle that has driven on, was let go without it, or is gone. False when nobody waits for it. */
export function adoptLate(turn: Turn, ticket: number, decision: LaneDecision): boolean {
  return (
    adoptGone(turn, ticket, decision) || adoptGrant(turn, ticket, decision) || adoptUnderArm(turn, ticket, decision)
  );
}

function adoptGone(turn: Turn, ticket: number, { movementId, outcome }: LaneDecision): boolean {
  const gone = turn.state.awaited.find((one) => one.ticket === ticket);
  if (!gone) return false;
  change(turn, { awaited: turn.state.awaited.filter((one) => one !== gone) });
  if (gone.owed) emit(turn, { kind: "owed", ticket, outcome: "forgiven" });
  emit(turn, { kind: "finish", movementId, outcome: outcome === "admit" ? gone.admitted : gone.otherwise });
  return true;
}

function adoptGrant(turn: Turn, ticket: number, { movementId }: LaneDecision): boolean {
  const grant = turn.state.grants.find((one) => one.late && one.ticket === ticket);
  if (!grant) return false;
  const adopted = adopt(turn, grant, movementId);
  change(turn, { grants: turn.state.grants.map((one) => (one === grant ? adopted : one)) });
  return true;
}

function adopt(turn: Turn, grant: Grant, movementId: string): Grant {
  if (grant.owed && grant.ticket !== null) emit(turn, { kind: "owed", ticket: grant.ticket, outcome: "forgiven" });
  return { ...grant, ticket: null, late: false, owed: false, movementId };
}

function adoptUnderArm(turn: Turn, ticket: number, decision: LaneDecision): boolean {
  const { crossings, hidden } = turn.state;
  const { movementId, outcome } = decision;
  const crossing = crossings.find((one) => one.ticket === ticket || (one.grant?.late && one.grant.ticket === ticket));
  if (crossing) {
    const grant = crossing.grant ? adopt(turn, crossing.grant, movementId) : null;
    if (crossing.owed) emit(turn, { kind: "owed", ticket, outcome: "forgiven" });
    const known = { ticket: null, owed: false, movementId };
    const made = grant ?? (outcome === "admit" ? lateGrant(turn, ticket, decision) : null);
    replace(turn, crossing, { ...crossing, ...known, grant: made });
    return true;
  }
  const unseen = hidden.find((one) => one.ticket === ticket);
  if (!unseen) return false;
  if (unseen.owed) emit(turn, { kind: "owed", ticket, outcome: "forgiven" });
  const known = { movementId, ticket: null, owed: false };
  change(turn, { hidden: hidden.map((one) => (one === unseen ? known : one)) });
  return true;
}

function lateGrant({ now }: Turn, ticket: number, { movementId, plate }: LaneDecision): Grant {
  const values = plate === null ? [] : [plate];
  const open = { ticket: null, late: false, owed: false, leftAt: null, hidden: false };
  return { id: `late:${ticket}`, origin: "decision", movementId, values, issuedAt: now, ...open };
}

function replace(turn: Turn, crossing: Crossing, by: Crossing): void {
  change(turn, { crossings: turn.state.crossings.map((one) => (one === crossing ? by : one)) });
}

/** A request for a vehicle that is not on the loop any more failed for good. False when nobody waits for it. */
export function dropLate(turn: Turn, ticket: number): boolean {
  const { awaited, grants, crossings, hidden } = turn.state;
  const gone = awaited.find((one) => one.ticket === ticket);
  if (gone) {
    change(turn, { awaited: awaited.filter((one) => one !== gone) });
    const { movementId, otherwise, beganAt, owed } = gone;
    if (owed) return true;
    if (movementId !== null) emit(turn, { kind: "finish", movementId, outcome: otherwise });
    else if (beganAt !== null && (otherwise === "passed" || otherwise === "tailgated"))
      emit(turn, { kind: "undecided", direction: turn.state.direction, outcome: otherwise, beganAt });
    return true;
  }
  const grant = grants.find((one) => one.late && one.ticket === ticket);
  if (grant) {
    change(turn, { grants: grants.map((one) => (one === grant ? settled(grant) : one)) });
    return true;
  }
  const crossing = crossings.find((one) => one.ticket === ticket || (one.grant?.late && one.grant.ticket === ticket));
  if (crossing) {
    replace(turn, crossing, { ...crossing, ...unanswered(crossing), grant: crossing.grant && settled(crossing.grant) });
    return true;
  }
  const unseen = hidden.find((one) => one.ticket === ticket);
  if (!unseen) return false;
  change(turn, { hidden: hidden.map((one) => (one === unseen ? unanswered(unseen) : one)) });
  return true;
}

/** What the ledger has is ended by the ledger. */
function unanswered({ movementId, owed }: Hidden): Hidden {
  return { movementId: owed ? null : movementId, ticket: null, owed: false };
}

/** The ticket of a debt stays its key in the ledger. */
function settled(grant: Grant): Grant {
  return { ...grant, late: false, ticket: grant.owed ? grant.ticket : null };
}
