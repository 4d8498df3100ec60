import { assertNever } from "../../kit/exhaustive.ts";
import { err, ok, type Result } from "../../kit/result.ts";
import type { StayPayment } from "../tariff/quote.ts";
import type { Session, SessionEffect, SessionEvent, SessionRefusal, SessionState } from "./session-types.ts";

export interface SessionStep {
  readonly session: Session;
  readonly effects: readonly SessionEffect[];
}

/**
 * The life of a stay; the same at the edge and in the cloud.
 *
 *     (none) --opened--> open --paid--> paid
 *                         |  \           |
 *                       voided \------ closed
 *
 * 1. `closed` and `voided` are final; only a movement's outcome and late payments still change them.
 * 2. A vehicle is counted inside from `opened` to `closed` or `voided`, once.
 * 3. A payment counts once, by its id, and is never lost: what nobody owes is paid back.
 * 4. A second entry of the same vehicle closes the stay whose exit was not seen, as `superseded`.
 *
 * An event that the state doesn't allow is refused with a code; the caller records it.
 */
export function stepSession(session: Session | null, event: SessionEvent): Result<SessionStep, SessionRefusal> {
  if (session === null) return event.type === "opened" ? ok(open(event)) : err("no_session");
  switch (event.type) {
    case "opened":
      return err("already_open");
    case "moved":
      return ok({ session: { ...session, lastMovement: event.movement }, effects: [] });
    case "changed_area":
      return changeArea(session, event.area);
    case "paid":
      return pay(session, event);
    case "closed":
      return close(session, event);
    case "voided":
      return voidSession(session, event);
    default:
      return assertNever(event);
  }
}

/** Whether the vehicle counts as inside. */
export function isInside(session: Session): boolean {
  return session.state.status === "open" || session.state.status === "paid";
}

function open({ sessionId, start, movementId }: Extract<SessionEvent, { type: "opened" }>): SessionStep {
  return {
    session: {
      ...start,
      sessionId,
      state: { status: "open" },
      payments: [],
      lastMovement: { movementId, direction: "entry", outcome: null },
    },
    effects: [{ type: "count_inside", delta: 1, spotType: start.spotType, area: start.area }],
  };
}

/** Nothing is opened or charged by it; a stay that ended is no longer counted anywhere. */
function changeArea(session: Session, area: string | null): Result<SessionStep, SessionRefusal> {
  const refusal = finalRefusal(session.state);
  if (refusal) return err(refusal);
  return ok({ session: { ...session, area }, effects: [{ type: "count_area", from: session.area, to: area }] });
}

function pay(
  session: Session,
  { payment, coversDue }: Extract<SessionEvent, { type: "paid" }>,
): Result<SessionStep, SessionRefusal> {
  if (session.payments.some((known) => known.paymentId === payment.paymentId)) return err("payment_known");
  const payments = [...session.payments, payment];
  const { state } = session;
  switch (state.status) {
    case "open":
    case "paid":
      return ok({ session: { ...session, payments, state: paidState(state, payment, coversDue) }, effects: [] });
    case "closed": {
      const settledMinor = Math.min(state.debtMinor, payment.amountMinor);
      const debtMinor = state.debtMinor - settledMinor;
      const effects = [...settleDebt(settledMinor), ...payBack(payment.amountMinor - settledMinor)];
      return ok({ session: { ...session, payments, state: { ...state, debtMinor } }, effects });
    }
    case "voided":
      return ok({ session: { ...session, payments }, effects: payBack(payment.amountMinor) });
    default:
      return assertNever(state);
  }
}

function paidState(
  state: Extract<SessionState, { status: "open" | "paid" }>,
  { paidUntil }: StayPayment,
  coversDue: boolean,
): SessionState {
  if (!coversDue) return state;
  return state.status === "paid" && state.paidUntil > paidUntil ? state : { status: "paid", paidUntil };
}

function close(
  session: Session,
  { at, reason, feeMinor, debtMinor }: Extract<SessionEvent, { type: "closed" }>,
): Result<SessionStep, SessionRefusal> {
  const refusal = finalRefusal(session.state);
  if (refusal) return err(refusal);
  const debt: SessionEffect[] = debtMinor > 0 ? [{ type: "record_debt", amountMinor: debtMinor }] : [];
  return ok({
    session: { ...session, state: { status: "closed", at, reason, feeMinor, debtMinor } },
    effects: [{ type: "count_inside", delta: -1, spotType: session.spotType, area: session.area }, ...debt],
  });
}

function voidSession(
  session: Session,
  { at, reason }: Extract<SessionEvent, { type: "voided" }>,
): Result<SessionStep, SessionRefusal> {
  const refusal = finalRefusal(session.state);
  if (refusal) return err(refusal);
  const paidMinor = session.payments.reduce((sum, payment) => sum + payment.amountMinor, 0);
  return ok({
    session: { ...session, state: { status: "voided", at, reason } },
    effects: [
      { type: "count_inside", delta: -1, spotType: session.spotType, area: session.area },
      ...payBack(paidMinor),
    ],
  });
}

function finalRefusal(state: SessionState): SessionRefusal | null {
  if (state.status === "closed") return "already_closed";
  return state.status === "voided" ? "already_voided" : null;
}

function settleDebt(amountMinor: number): SessionEffect[] {
  return amountMinor > 0 ? [{ type: "settle_debt", amountMinor }] : [];
}

function payBack(amountMinor: number): SessionEffect[] {
  return amountMinor > 0 ? [{ type: "pay_back", amountMinor }] : [];
}
