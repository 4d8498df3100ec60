import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { WaitingPayment } from "../store/money-rows.ts";
import type { Movement } from "../store/movement-rows.ts";
import { closeUnknownStay, closeWithoutEntry } from "./close-without-entry.ts";
import { type MovementPlan, readPlan } from "./plan.ts";
import type { Earlier } from "./same-movement.ts";
import type { DeskWork } from "./session-writer.ts";
import { plateTextOf, type Shown } from "./shown.ts";

/**
 * Where payments of this vehicle are booked if no stay of it is known: its own movement's place, else that of an earlier
 * movement in which it paid and then backed out, or stood when the agent stopped. So nobody pays for a lost ticket twice.
 * It is the same vehicle by code, else by plate, and where one of the two is missing, by the lane; a stay that is paid
 * lets out one vehicle, and only within its time to leave.
 */
export function paidWithoutStay(
  work: DeskWork,
  { shown, earlier }: { readonly shown: Shown; readonly earlier: Earlier | null },
): Uuid | null {
  const own = earlier?.plan.sessionId ?? null;
  if (shown.direction !== "exit") return own;
  const waiting = work.records.money.waiting();
  if (waiting.some(({ sessionId }) => sessionId === own)) return own;
  const paid = waiting.find((payment) => isOfSameVehicle(work, payment, shown));
  return paid?.sessionId ?? own;
}

/** Whether something was paid on a stay that nobody knew, and that is not closed yet. */
export function isWaiting({ records }: DeskWork, sessionId: Uuid): boolean {
  return records.money.waiting().some((payment) => payment.sessionId === sessionId);
}

/**
 * Closes what was paid for stays that nobody knew, once the time to leave is over and the vehicle was not seen again: the
 * money stays on the books, and the stay doesn't count as inside for ever.
 */
export function closeForgotten(work: DeskWork): void {
  const now = work.tx.stamp.at;
  const over = work.records.money.waiting().filter(({ paidUntil }) => paidUntil <= now);
  for (const payment of new Map(over.map((one) => [one.sessionId, one])).values()) close(work, payment);
}

function close(work: DeskWork, { sessionId, movementId, amount, paidUntil }: WaitingPayment): void {
  const movement = work.records.movements.find(movementId);
  if (movement === null) return work.records.money.stopWaiting(sessionId);
  // It still stands in the lane.
  if (movement.outcome === null) return;
  const { passage, shown } = readPlan(movement.plan);
  const exitedAt = movement.endedAt ?? paidUntil;
  if (passage.kind === "exit_without_entry" && movement.outcome === "not_seen")
    return closeWithoutEntry(work, { movement, plan: passage, exitedAt });
  const paidMinor = work.records.money.paymentsOf(sessionId).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const charge = { feeMinor: paidMinor, paidMinor, debtMinor: 0, currency: amount.currency, settledDebts: [] };
  const ticket = shown?.code?.value ?? null;
  const plan = { kind: "exit_without_entry", sessionId, plate: movement.plate, ticket, tariff: null, charge } as const;
  closeUnknownStay(work, { movement, plan, exitedAt });
}

function isOfSameVehicle({ records, tx }: DeskWork, payment: WaitingPayment, shown: Shown): boolean {
  if (payment.paidUntil <= tx.stamp.at) return false;
  const movement = records.movements.find(payment.movementId);
  return movement !== null && movement.outcome !== null && isSame(movement, readPlan(movement.plan), shown);
}

function isSame(movement: Movement, { shown: before }: MovementPlan, shown: Shown): boolean {
  const [codeThen, codeNow] = [before?.code?.value, shown.code?.value];
  if (codeThen !== undefined && codeNow !== undefined) return codeThen === codeNow;
  const plate = normalisePlate(plateTextOf(shown));
  if (movement.plate !== null && plate !== null) return movement.plate === plate;
  return movement.laneId === shown.laneId;
}
