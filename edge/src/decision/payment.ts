import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Movement } from "../store/movement-rows.ts";
import { decideShown, laneDecision, sittingOf } from "./decide.ts";
import type { LaneDecision, PaymentTaken } from "./decision-desk.ts";
import { FIRST_DECISION } from "./facts.ts";
import { readPlan } from "./plan.ts";
import { type DeskSurroundings, type Ruling, ruleOn } from "./ruling.ts";
import { applyToSession, type DeskWork } from "./session-writer.ts";

/**
 * Books a payment, once for each reference of the terminal, and decides anew while the movement goes on. One that has
 * ended keeps what it led to: the vehicle drove on or back, and what is answered is what would be decided now. Throws
 * `wrong_currency` when the terminal takes another currency than the lot's, `nothing_to_pay` at an entry.
 */
export function takePayment(
  surroundings: DeskSurroundings,
  work: DeskWork,
  { movement, payment }: { readonly movement: Movement; readonly payment: PaymentTaken },
): LaneDecision {
  const plan = readPlan(movement.plan);
  const { shown, sessionId } = plan;
  if (shown === null || movement.direction === "entry")
    throw new GatehouseError("nothing_to_pay", "Nothing is paid at an entry; pay at the exit.");
  const same = { ...FIRST_DECISION, unboundSessionId: sessionId };
  const rule = () => ruleOn(surroundings, sittingOf(work), { shown, same });
  const before = rule();
  refuseOtherCurrency(before, payment);
  book(work, before, { movement, payment });
  if (movement.outcome !== null) return laneDecision(rule(), { ...movement, sessionId: payment.sessionId });
  return decideShown(surroundings, work, { shown, earlier: { movement, plan, opened: null } });
}

function book(
  work: DeskWork,
  before: Ruling,
  { movement, payment }: { readonly movement: Movement; readonly payment: PaymentTaken },
): void {
  const { tx, records, newId } = work;
  const { sessionId, laneId, amount, method, reference } = payment;
  const { charge } = before.decision;
  const { asked = null } = readPlan(movement.plan);
  const paysAsked = asked !== null && amount.amountMinor >= asked.dueMinor;
  // The next hour may have begun while the card was in the terminal: the price of the asking holds.
  const paidAt = paysAsked ? asked.at : tx.stamp.at;
  const paidUntil = charge.kind === "due" ? charge.quote.leaveBy : tx.stamp.at;
  const paymentId = newId();
  const session = records.sessions.find(sessionId);
  const isNew = records.money.addPayment({
    paymentId,
    sessionId,
    laneId,
    amount,
    method,
    reference,
    paidAt,
    paidUntil,
    waitsFor: session === null ? movement.movementId : null,
  });
  if (!isNew) return;
  const coversDue = charge.kind === "due" && (paysAsked || amount.amountMinor >= charge.dueMinor);
  if (session !== null) {
    const stayPayment = { paymentId, amountMinor: amount.amountMinor, paidAt, paidUntil };
    applyToSession(work, session, {
      event: { type: "paid", payment: stayPayment, coversDue },
      currency: amount.currency,
    });
  }
  tx.emit({
    type: "payment.taken",
    payment_id: paymentId,
    session_id: sessionId,
    lane_id: laneId,
    amount_minor: amount.amountMinor,
    currency: amount.currency,
    method,
    reference,
    paid_until: coversDue ? paidUntil : null,
  });
}

function refuseOtherCurrency({ policy }: Ruling, { amount }: PaymentTaken): void {
  if (policy === null || policy.currency === amount.currency) return;
  throw new GatehouseError(
    "wrong_currency",
    `The payment terminal took ${amount.currency}, but this lot is paid in ${policy.currency}: set up the terminal anew.`,
  );
}
