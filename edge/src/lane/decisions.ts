import type { LaneDecision } from "../decision/decision-desk.ts";
import type { Approach, LateDecision, Vehicle } from "./approach-types.ts";
import { callOperator } from "./call.ts";
import { failOpen } from "./fail-policy.ts";
import { admit } from "./grants.ts";
import type { LaneCommandAnswer } from "./lane-control.ts";
import { adoptLate, dropLate } from "./late-decisions.ts";
import type { Turn } from "./machine-types.ts";
import { beginPayment } from "./payment.ts";
import { answerHand, ask } from "./question.ts";
import { print } from "./tickets.ts";
import { change, clearAlarm, emit, refuse, show, standsOpen, takesVehicles, valuesOf } from "./turn.ts";

type Deciding = Extract<Approach, { at: "deciding" }>;

/** The desk has decided, durably. */
export function decided(turn: Turn, ticket: number, decision: LaneDecision): void {
  clearAlarm(turn, "decision_failed");
  const { approach } = turn.state;
  if (approach.at === "deciding" && approach.ticket === ticket) return answer(turn, approach, decision);
  if (approach.at === "paying" && approach.booking?.ticket === ticket) {
    const { vehicle, credential, askedAt } = approach;
    return answer(turn, plainQuestion({ vehicle, credential, ticket, askedAt }), decision);
  }
  if (approach.at === "waiting" && approach.late?.ticket === ticket) {
    return answerLate(turn, approach.vehicle, approach.late, decision);
  }
  if (!adoptLate(turn, ticket, decision)) refuse(turn, "decided", "unknown_ticket");
}

function plainQuestion(asked: Pick<Deciding, "vehicle" | "credential" | "ticket" | "askedAt">): Deciding {
  return { ...asked, at: "deciding", issued: false, override: null, next: null };
}

/** A late answer still counts for the vehicle that waits, as long as a read of that age would (SAFE-27). */
function answerLate(turn: Turn, vehicle: Vehicle, late: LateDecision, decision: LaneDecision): void {
  if (late.owed) emit(turn, { kind: "owed", ticket: late.ticket, outcome: "forgiven" });
  const { credential, ticket, askedAt } = late;
  if (turn.now - askedAt < turn.policy.timings.read_life_ms) {
    return answer(turn, plainQuestion({ vehicle, credential, ticket, askedAt }), decision);
  }
  const answered = { credential, at: turn.now, ask: decision.ask };
  const known = { ...vehicle, movementId: decision.movementId };
  change(turn, { approach: { at: "waiting", vehicle: known, answer: answered, late: null } });
}

function answer(turn: Turn, asked: Deciding, decision: LaneDecision): void {
  const { credential, issued, override, next } = asked;
  const { state } = turn;
  const vehicle = { ...asked.vehicle, movementId: decision.movementId };
  show(turn, decision.displayKey, decision.due);
  if (!takesVehicles(state.mode)) {
    refuseHands(turn, asked, "The lane was locked meanwhile.");
  } else if (decision.outcome === "admit" || standsOpen(state)) {
    if (issued && override === null && next === null && !standsOpen(state)) return print(turn, vehicle, credential);
    const origin = override ? "operator" : "decision";
    admit(turn, { ...PLAIN_GRANT, origin, movementId: decision.movementId, values: valuesOf(vehicle, credential) });
    for (const hand of [override, next]) answerHand(turn, hand, OPENS);
    return;
  } else if (override === null && next !== null) {
    return ask(turn, vehicle, { credential, override: next });
  } else refuseHands(turn, asked, "The decision did not admit the vehicle.");
  const given = { credential, at: turn.now, ask: decision.ask };
  change(turn, { approach: { at: "waiting", vehicle, answer: given, late: null } });
  if (decision.outcome !== "ask") return;
  if (decision.ask === "pay") beginPayment(turn, { vehicle, credential, decision });
  if (decision.ask === "operator" && !vehicle.called) callOperator(turn, decision.reasons[0] ?? "ask");
}

const OPENS: LaneCommandAnswer = { ok: true, message: "The barrier opens for the vehicle." };
const PLAIN_GRANT = { ticket: null, late: false, owed: false } as const;

function refuseHands(turn: Turn, { override, next }: Deciding, message: string): void {
  for (const hand of [override, next]) answerHand(turn, hand, { ok: false, refusal: "refused_by_safety", message });
}

/** No decision came: the lane's fail policy holds (SAFE-18). */
export function decideFailed(turn: Turn, ticket: number, code: string): void {
  const { approach } = turn.state;
  if (approach.at === "deciding" && approach.ticket === ticket) return fallBack(turn, approach, { code, late: false });
  if (approach.at === "paying" && approach.booking?.ticket === ticket) {
    return failOpen(turn, { ...approach, ticket, late: false, code, payment: approach.booking.payment });
  }
  if (approach.at === "waiting" && approach.late?.ticket === ticket) {
    const { vehicle, answer: given, late } = approach;
    // What is owed is in the ledger, and with it the end of that movement.
    if (late.owed) emit(turn, { kind: "owed", ticket, outcome: "backed_out" });
    const known = late.owed ? { ...vehicle, movementId: null } : vehicle;
    return change(turn, { approach: { at: "waiting", vehicle: known, answer: given, late: null } });
  }
  if (!dropLate(turn, ticket)) refuse(turn, "decide_failed", "unknown_ticket");
}

function fallBack(
  turn: Turn,
  asked: Deciding,
  { code, late }: { readonly code: string; readonly late: boolean },
): void {
  const { credential, ticket, vehicle, override, next } = asked;
  if (override === null && next === null) return failOpen(turn, { ...asked, late, code, payment: null });
  const known = { movementId: vehicle.movementId, values: valuesOf(vehicle, credential) };
  admit(turn, { origin: "operator", ticket: late ? ticket : null, late, owed: false, ...known });
  const message = "The barrier opens; the decision could not be stored.";
  for (const hand of [override, next]) answerHand(turn, hand, { ok: true, message });
}

/** A decision that takes longer than the lane waits. It may still come, so its movement has no end before. */
export function expireDecision(turn: Turn): void {
  const { approach } = turn.state;
  if (approach.at !== "deciding" && approach.at !== "paying") return;
  if (turn.now - approach.askedAt < turn.policy.timings.decision_max_ms) return;
  if (approach.at === "deciding") return fallBack(turn, approach, { code: "late", late: true });
  const { booking } = approach;
  if (booking !== null) failOpen(turn, { ...approach, ...booking, late: true, code: "late" });
}
