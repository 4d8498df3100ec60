import type { LaneDecision, PaymentTaken } from "../decision/decision-desk.ts";
import type { TerminalResult } from "../ports/payment-terminal/payment-terminal-port.ts";
import type { Paying } from "./approach-types.ts";
import { callOperator } from "./call.ts";
import { failOpen } from "./fail-policy.ts";
import type { OfferedCredential } from "./lane-control.ts";
import type { Turn, WithdrawnRequest } from "./machine-types.ts";
import { change, emit, MAX_AWAITED, nextId, nextSeq, refuse, show } from "./turn.ts";

interface Asked {
  readonly vehicle: Paying["vehicle"];
  readonly credential: OfferedCredential;
  readonly decision: LaneDecision;
}

/** Payment requests that were taken back and may still be approved; the oldest are forgotten. */
export const MAX_WITHDRAWN = 4;

/** After so many declined payments an operator is called, while the terminal goes on. */
export const MAX_DECLINES = 3;

/** Asks the terminal for what is due; a decision without amount or session goes on as an ordinary question. */
export function beginPayment(turn: Turn, { vehicle, credential, decision }: Asked): void {
  const { due, sessionId } = decision;
  if (due === null || sessionId === null) return;
  const requestId = nextId(turn);
  change(turn, {
    approach: {
      at: "paying",
      vehicle,
      sessionId,
      requestId,
      credential,
      amount: due,
      askedAt: turn.now,
      declines: 0,
      booking: null,
    },
  });
  const { movementId } = vehicle;
  emit(turn, { kind: "peripheral", command: { kind: "take_payment", requestId, amount: due, movementId, sessionId } });
}

/** Nobody pays here any more: the terminal stops asking. What is being booked is left to end. */
export function withdrawPayment(turn: Turn, paying: Paying): void {
  if (paying.booking !== null) return;
  const { requestId } = paying;
  remember(turn, paying);
  emit(turn, { kind: "peripheral", command: { kind: "cancel_payment", requestId } });
}

function remember(turn: Turn, { requestId, sessionId, amount, vehicle, credential }: Paying): void {
  const one = { requestId, sessionId, amount, movementId: vehicle.movementId, laneId: credential.laneId };
  change(turn, { withdrawn: [...turn.state.withdrawn, one].slice(-MAX_WITHDRAWN) });
}

/** The terminal's answer to the request in hand, or an approval that crossed its withdrawal; any other is refused. */
export function terminalAnswered(turn: Turn, result: TerminalResult): void {
  const { approach } = turn.state;
  if (approach.at !== "paying" || approach.requestId !== result.requestId || approach.booking !== null) {
    return answeredLate(turn, result);
  }
  switch (result.result) {
    case "approved":
      return book(turn, approach, result);
    case "declined":
      return declined(turn, approach);
    case "cancelled":
      return giveUp(turn, approach, "payment.cancelled");
  }
}

/** The driver may try another card. A terminal that takes none is told from an empty account by somebody else (SAFE-18). */
function declined(turn: Turn, paying: Paying): void {
  show(turn, "payment.declined", paying.amount);
  if (paying.declines >= MAX_DECLINES) return;
  const declines = paying.declines + 1;
  change(turn, { approach: { ...paying, declines } });
  if (declines < MAX_DECLINES) return;
  callOperator(turn, "payment_declined");
}

/** The money is taken, so it is booked: for the vehicle that still waits under that movement, else for the stay alone. */
function answeredLate(turn: Turn, result: TerminalResult): void {
  const { approach, withdrawn, awaited } = turn.state;
  const asked = withdrawn.find((one) => one.requestId === result.requestId);
  if (!asked) return refuse(turn, `payment_${result.result}`, "no_such_request");
  if (result.result === "declined") return;
  change(turn, { withdrawn: withdrawn.filter((one) => one !== asked) });
  if (result.result === "cancelled") return;
  const waits = approach.at === "waiting" && approach.late === null ? approach : null;
  if (waits === null || waits.vehicle.movementId !== asked.movementId || awaited.length >= MAX_AWAITED)
    return emit(turn, { kind: "book_late", payment: paymentOf(asked, result) });
  const credential = waits.answer?.credential ?? waits.vehicle.plate ?? nothingShown(asked);
  const vehicle = { ...waits.vehicle, movementId: asked.movementId };
  book(turn, { ...asked, at: "paying", vehicle, credential, askedAt: turn.now, declines: 0, booking: null }, result);
}

function nothingShown({ laneId }: WithdrawnRequest): OfferedCredential {
  return { laneId, kind: "operator", value: "payment", read: null, direction: null };
}

/** The terminal can't be reached: the driver is not to blame, so the fail policy holds (SAFE-18). */
export function terminalFailed(turn: Turn, requestId: string, code: string): void {
  const { approach } = turn.state;
  if (approach.at !== "paying" || approach.requestId !== requestId || approach.booking !== null)
    return refuse(turn, "payment_failed", "no_such_request");
  remember(turn, approach);
  const { vehicle, credential } = approach;
  failOpen(turn, { ticket: nextSeq(turn), late: false, vehicle, credential, code: `terminal_${code}`, payment: null });
}

/** Takes the request back when nobody has paid in time; what is being booked is left to end. */
export function expirePayment(turn: Turn): void {
  const { approach } = turn.state;
  if (approach.at !== "paying" || turn.now - approach.askedAt < turn.policy.timings.payment_max_ms) return;
  if (approach.booking !== null) return;
  withdrawPayment(turn, approach);
  giveUp(turn, approach, "lane.call_operator");
  callOperator(turn, "payment");
}

/** The driver may ask again by showing something; the same read alone would only ask for the same money. */
function giveUp(turn: Turn, { vehicle, credential }: Paying, key: string): void {
  const answer = { credential, at: turn.now, ask: "pay" };
  change(turn, { approach: { at: "waiting", vehicle, answer, late: null } });
  show(turn, key);
}

function book(turn: Turn, paying: Paying, result: TerminalResult): void {
  const ticket = nextSeq(turn);
  const payment = paymentOf(
    { ...paying, movementId: paying.vehicle.movementId, laneId: paying.credential.laneId },
    result,
  );
  change(turn, { approach: { ...paying, booking: { ticket, payment }, askedAt: turn.now } });
  emit(turn, { kind: "book_payment", ticket, payment });
}

function paymentOf(
  { movementId, sessionId, laneId, amount }: WithdrawnRequest,
  { method, reference }: TerminalResult,
): PaymentTaken {
  return { movementId, sessionId, laneId, amount, method, reference };
}
