import type { LaneDecision } from "../decision/decision-desk.ts";
import { failOpen } from "./fail-policy.ts";
import { admit, dropGrantsBefore, dropGuessedReturn, grantLeft, grantOutOfSight, grantReturned } from "./grants.ts";
import type { OfferAnswer, OfferedCredential } from "./lane-control.ts";
import type { Approach, LaneState, Override, PendingRead, Turn } from "./machine-types.ts";
import { beginPayment, withdrawPayment } from "./payment.ts";
import {
  awaitGone,
  change,
  clearAlarm,
  credentialValue,
  emit,
  MAX_AWAITED,
  nextSeq,
  refuse,
  show,
  standsOpen,
} from "./turn.ts";

/** Reads kept for a vehicle that is not on the arming loop yet; the oldest gives way. */
export const MAX_PENDING_READS = 4;
/** Shortest time between two decisions on one standing vehicle, ms. */
export const RETRY_MS = 1_000;

type Deciding = Extract<Approach, { at: "deciding" }>;

/** A camera or reader offers a credential; the answer goes out as an effect. */
export function offer(turn: Turn, credential: OfferedCredential): void {
  const answer = judgeOffer(turn, credential);
  if (answer === "accepted") {
    dropGuessedReturn(turn);
    keepRead(turn, { credential, value: credentialValue(credential), at: turn.now });
  }
  emit(turn, { kind: "answer_offer", answer });
}

function judgeOffer(turn: Turn, credential: OfferedCredential): OfferAnswer {
  const { state, policy, now } = turn;
  if (credential.direction !== null && credential.direction !== policy.direction) return "wrong_direction";
  if (state.mode.kind === "locked") return "lane_not_ready";
  if (state.awaited.length >= MAX_AWAITED) return "queue_full";
  const value = credentialValue(credential);
  const grant = state.grants.find((one) => one.value === value);
  if (grant) {
    const isThere = state.approach.at === "admitted" && state.approach.grantId === grant.id;
    if (isThere || (grant.leftAt !== null && state.approach.at === "waiting")) grantReturned(turn, grant.id, "seen");
    return "duplicate";
  }
  const passing = [...state.crossings.map((one) => one.grant?.value), ...state.recent.map((one) => one.value)];
  if (passing.includes(value)) return "duplicate";
  return isAnswered(state.approach, value, now) ? "duplicate" : "accepted";
}

/** Whether this credential is being worked on, or has just been, for the vehicle on the loop. */
function isAnswered(approach: Approach, value: string, now: number): boolean {
  switch (approach.at) {
    case "deciding":
    case "paying":
      return credentialValue(approach.credential) === value;
    case "waiting":
      return approach.last !== null && approach.last.value === value && now - approach.last.at < RETRY_MS;
    case "empty":
    case "admitted":
    case "tail":
      return false;
  }
}

/** Newest wins for one credential; the place in the queue stays that of the first read. */
function keepRead(turn: Turn, read: PendingRead): void {
  const known = turn.state.reads.some((one) => one.value === read.value);
  const reads = known
    ? turn.state.reads.map((one) => (one.value === read.value ? read : one))
    : [...turn.state.reads, read].slice(-MAX_PENDING_READS);
  change(turn, { reads });
}

/** Drops what is too old, then asks for a decision when a vehicle waits and a fresh read is there (SAFE-27). */
export function matchReads(turn: Turn): void {
  const lifeMs = turn.policy.timings.read_life_ms;
  const young = (one: { at: number }): boolean => turn.now - one.at < lifeMs;
  if (!turn.state.reads.every(young)) change(turn, { reads: turn.state.reads.filter(young) });
  if (!turn.state.recent.every(young)) change(turn, { recent: turn.state.recent.filter(young) });
  const { approach, reads, mode } = turn.state;
  if (approach.at !== "waiting" || mode.kind === "locked") return;
  if (approach.last !== null && turn.now - approach.last.at < RETRY_MS) return;
  const [read, ...others] = reads;
  if (!read) return;
  change(turn, { reads: others });
  dropGrantsBefore(turn, null);
  if (approach.last?.movementId)
    emit(turn, { kind: "finish", movementId: approach.last.movementId, outcome: "backed_out" });
  ask(turn, read.credential, null);
}

/** Asks the desk; the vehicle on the loop is `deciding` until its answer. */
export function ask(turn: Turn, credential: OfferedCredential, override: Override | null): void {
  const ticket = nextSeq(turn);
  change(turn, { approach: { at: "deciding", ticket, credential, askedAt: turn.now, override } });
  emit(turn, { kind: "decide", ticket, credential, override: override?.command ?? null });
}

/** A vehicle came onto the arming loop, or one that was out of sight came back. */
export function newVehicle(turn: Turn): void {
  const { approach } = turn.state;
  if (approach.at !== "empty" && approach.at !== "tail") return;
  const known = approach.at === "empty" ? grantOutOfSight(turn) : undefined;
  const others = turn.state.reads.some((one) => one.at >= (known?.leftAt ?? turn.now));
  if (known && !others) return grantReturned(turn, known.id, "guessed");
  change(turn, { approach: { at: "waiting", since: turn.now, last: null } });
  if (turn.state.grants.length === 0 && turn.state.mode.kind === "automatic") show(turn, "lane.reading");
}

/** The arming loop's trailing edge: whoever stood there went on or went back. */
export function leaveApproach(turn: Turn): void {
  const { approach } = turn.state;
  switch (approach.at) {
    case "waiting":
      if (approach.last?.movementId)
        emit(turn, { kind: "finish", movementId: approach.last.movementId, outcome: "backed_out" });
      break;
    case "deciding":
      answerOverride(turn, approach.override, "The vehicle left the lane before the decision.");
      awaitGone(turn, { ticket: approach.ticket, admitted: "backed_out", otherwise: "backed_out" });
      break;
    case "paying":
      withdrawPayment(turn, approach);
      break;
    case "admitted":
      grantLeft(turn, approach.grantId);
      break;
    case "empty":
    case "tail":
      break;
  }
  change(turn, { approach: { at: "empty" } });
}

function answerOverride(turn: Turn, override: Override | null, message: string): void {
  if (override)
    emit(turn, {
      kind: "answer_command",
      ref: override.ref,
      answer: { ok: false, refusal: "refused_by_safety", message },
    });
}

/** The desk has decided, durably. */
export function decided(turn: Turn, ticket: number, decision: LaneDecision): void {
  clearAlarm(turn, "decision_failed");
  const { approach } = turn.state;
  if (approach.at === "deciding" && approach.ticket === ticket) return answer(turn, approach, decision);
  if (approach.at === "paying" && approach.booking?.ticket === ticket) {
    change(turn, { approach: { at: "waiting", since: turn.now, last: null } });
    const { credential } = approach;
    return answer(turn, { at: "deciding", ticket, credential, askedAt: approach.askedAt, override: null }, decision);
  }
  if (!decidedOnTheWay(turn, ticket, decision)) refuse(turn, "decided", "unknown_ticket");
}

/** A decision for a vehicle that has driven on, was let go by the fail policy, or is gone. */
function decidedOnTheWay(turn: Turn, ticket: number, decision: LaneDecision): boolean {
  const { crossings, grants, awaited } = turn.state;
  const { movementId } = decision;
  const admitted = decision.outcome === "admit";
  const gone = awaited.find((one) => one.ticket === ticket);
  if (gone) {
    change(turn, { awaited: awaited.filter((one) => one.ticket !== ticket) });
    emit(turn, { kind: "finish", movementId, outcome: admitted ? gone.admitted : gone.otherwise });
    return true;
  }
  const adopt = { ticket: null, movementId };
  const adopted = (ticketOf: number | null | undefined): boolean => ticketOf === ticket;
  if (grants.some((one) => adopted(one.ticket))) {
    change(turn, { grants: grants.map((one) => (adopted(one.ticket) ? { ...one, ...adopt } : one)) });
    emit(turn, { kind: "owed", ticket, outcome: "forgiven" });
    return true;
  }
  const index = crossings.findIndex((one) => adopted(one.ticket) || adopted(one.grant?.ticket));
  const crossing = crossings[index];
  if (!crossing) return false;
  const late = {
    id: `late:${ticket}`,
    origin: "decision",
    value: decision.plate,
    issuedAt: turn.now,
    leftAt: null,
  } as const;
  const grant = crossing.grant ? { ...crossing.grant, ...adopt } : admitted ? { ...late, ...adopt } : null;
  if (crossing.grant) emit(turn, { kind: "owed", ticket, outcome: "forgiven" });
  change(turn, { crossings: crossings.with(index, { ...crossing, ...adopt, grant }) });
  return true;
}

function answer(turn: Turn, asked: Deciding, decision: LaneDecision): void {
  const { state, now } = turn;
  const { credential, ticket, override } = asked;
  show(turn, decision.displayKey, decision.due);
  if (decision.outcome === "admit" || standsOpen(state)) {
    if (state.mode.kind !== "locked") {
      const origin = override ? "operator" : "decision";
      admit(turn, { origin, ticket: null, movementId: decision.movementId, value: credentialValue(credential) });
      if (override)
        emit(turn, {
          kind: "answer_command",
          ref: override.ref,
          answer: { ok: true, message: "The barrier opens for the vehicle." },
        });
      return;
    }
    answerOverride(turn, override, "The lane was locked meanwhile.");
  } else answerOverride(turn, override, "The decision did not admit the vehicle.");
  const last = { value: credentialValue(credential), at: now, credential, movementId: decision.movementId };
  change(turn, { approach: { at: "waiting", since: now, last } });
  if (decision.outcome === "ask" && decision.ask === "pay") beginPayment(turn, { credential, ticket, decision });
}

/** No decision came: the lane's fail policy holds (SAFE-18). */
export function decideFailed(turn: Turn, ticket: number, code: string): void {
  const { approach, awaited } = turn.state;
  if (approach.at === "deciding" && approach.ticket === ticket) return fallBack(turn, approach, code);
  if (approach.at === "paying" && approach.booking?.ticket === ticket) {
    return failOpen(turn, {
      ticket,
      credential: approach.credential,
      code,
      payment: approach.booking.payment,
      retry: false,
    });
  }
  if (awaited.some((one) => one.ticket === ticket)) {
    return change(turn, { awaited: awaited.filter((one) => one.ticket !== ticket) });
  }
  const index = turn.state.crossings.findIndex((one) => one.ticket === ticket);
  const crossing = turn.state.crossings[index];
  if (crossing) change(turn, { crossings: turn.state.crossings.with(index, { ...crossing, ticket: null }) });
  else if (!turn.state.grants.some((one) => one.ticket === ticket)) refuse(turn, "decide_failed", "unknown_ticket");
}

function fallBack(turn: Turn, asked: Deciding, code: string): void {
  const { credential, ticket, override } = asked;
  if (override) {
    admit(turn, { origin: "operator", ticket: null, movementId: null, value: credentialValue(credential) });
    emit(turn, {
      kind: "answer_command",
      ref: override.ref,
      answer: { ok: true, message: "The barrier opens; the decision could not be stored." },
    });
    return;
  }
  failOpen(turn, { ticket, credential, code, payment: null, retry: turn.state.awaited.length < MAX_AWAITED });
}

/** A decision that takes longer than the lane waits. */
export function expireDecision(turn: Turn): void {
  const { approach } = turn.state;
  const ticket =
    approach.at === "deciding" ? approach.ticket : approach.at === "paying" ? approach.booking?.ticket : undefined;
  if (ticket === undefined || !("askedAt" in approach)) return;
  if (turn.now - approach.askedAt < turn.policy.timings.decision_max_ms) return;
  decideFailed(turn, ticket, "late");
  const taken = turn.state.grants.some((one) => one.ticket === ticket);
  if (!taken) awaitGone(turn, { ticket, admitted: "not_seen", otherwise: "backed_out" });
}

/** The credential of the vehicle on the loop, as far as it is known. */
export function knownCredential(state: LaneState): OfferedCredential | null {
  const { approach, reads } = state;
  switch (approach.at) {
    case "deciding":
    case "paying":
      return approach.credential;
    case "waiting":
      return reads[0]?.credential ?? approach.last?.credential ?? null;
    case "empty":
    case "admitted":
    case "tail":
      return null;
  }
}

/** Ends what the vehicle on the loop had going, because a hand decides now. */
export function supersede(turn: Turn): void {
  const { approach } = turn.state;
  if (approach.at === "deciding") {
    answerOverride(turn, approach.override, "Another command came first.");
    awaitGone(turn, { ticket: approach.ticket, admitted: "backed_out", otherwise: "backed_out" });
  } else if (approach.at === "paying") withdrawPayment(turn, approach);
  else if (approach.at === "waiting" && approach.last?.movementId) {
    emit(turn, { kind: "finish", movementId: approach.last.movementId, outcome: "backed_out" });
  }
  change(turn, { reads: [] });
}
