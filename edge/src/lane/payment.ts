import type { LaneDecision } from "../decision/decision-desk.ts";
import type { TerminalResult } from "../ports/payment-terminal/payment-terminal-port.ts";
import { failOpen } from "./fail-policy.ts";
import type { OfferedCredential } from "./lane-control.ts";
import type { Approach, Turn } from "./machine-types.ts";
import { awaitGone, change, credentialValue, emit, nextId, nextSeq, refuse, show } from "./turn.ts";

type Paying = Extract<Approach, { at: "paying" }>;

interface Asked {
  readonly credential: OfferedCredential;
  readonly ticket: number;
  readonly decision: LaneDecision;
}

/** Asks the terminal for what is due; a decision without amount or session goes on as an ordinary question. */
export function beginPayment(turn: Turn, { credential, decision }: Asked): void {
  const { due, sessionId, movementId } = decision;
  if (due === null || sessionId === null) return;
  const requestId = nextId(turn);
  change(turn, {
    approach: {
      at: "paying",
      movementId,
      sessionId,
      requestId,
      credential,
      amount: due,
      askedAt: turn.now,
      booking: null,
    },
  });
  emit(turn, { kind: "peripheral", command: { kind: "take_payment", requestId, amount: due } });
}

/** The driver goes without paying: the terminal stops asking, the movement ends. */
export function withdrawPayment(turn: Turn, paying: Paying): void {
  if (paying.booking !== null) {
    return awaitGone(turn, { ticket: paying.booking.ticket, admitted: "backed_out", otherwise: "backed_out" });
  }
  emit(turn, { kind: "peripheral", command: { kind: "cancel_payment", requestId: paying.requestId } });
  emit(turn, { kind: "finish", movementId: paying.movementId, outcome: "backed_out" });
}

/** The terminal's answer to the request in hand; any other is refused. */
export function terminalAnswered(turn: Turn, result: TerminalResult): void {
  const { approach } = turn.state;
  if (approach.at !== "paying" || approach.requestId !== result.requestId || approach.booking !== null) {
    return refuse(turn, `payment_${result.result}`, "no_such_request");
  }
  switch (result.result) {
    case "approved":
      return book(turn, approach, result);
    case "declined":
      return show(turn, "payment.declined", approach.amount);
    case "cancelled":
      return giveUp(turn, approach, "payment.cancelled");
  }
}

/** The terminal can't be reached: the driver is not to blame, so the fail policy holds (SAFE-18). */
export function terminalFailed(turn: Turn, requestId: string, code: string): void {
  const { approach } = turn.state;
  if (approach.at !== "paying" || approach.requestId !== requestId)
    return refuse(turn, "payment_failed", "no_such_request");
  emit(turn, { kind: "finish", movementId: approach.movementId, outcome: "backed_out" });
  failOpen(turn, {
    ticket: nextSeq(turn),
    credential: approach.credential,
    code: `terminal_${code}`,
    payment: null,
    retry: false,
  });
}

/** Takes the request back when nobody has paid in time; what is being booked is left to end. */
export function expirePayment(turn: Turn): void {
  const { approach } = turn.state;
  if (approach.at !== "paying" || turn.now - approach.askedAt < turn.policy.timings.payment_max_ms) return;
  if (approach.booking !== null) return;
  emit(turn, { kind: "peripheral", command: { kind: "cancel_payment", requestId: approach.requestId } });
  giveUp(turn, approach, "lane.call_operator");
}

function giveUp(turn: Turn, { credential, movementId }: Paying, key: string): void {
  const last = { value: credentialValue(credential), at: turn.now, credential, movementId };
  change(turn, { approach: { at: "waiting", since: turn.now, last } });
  show(turn, key);
}

function book(turn: Turn, paying: Paying, result: TerminalResult): void {
  const ticket = nextSeq(turn);
  const { movementId, sessionId, amount, credential } = paying;
  const { method, reference } = result;
  const payment = { movementId, sessionId, laneId: credential.laneId, amount, method, reference };
  change(turn, { approach: { ...paying, booking: { ticket, payment }, askedAt: turn.now } });
  emit(turn, { kind: "book_payment", ticket, payment });
}
