import type { LotPolicy } from "../../contracts/replica/lot.ts";
import type { Reservation } from "../../contracts/replica/reservation.ts";
import type { Tariff } from "../../contracts/replica/tariff.ts";
import { fromIso, later, type WallMs } from "../../kit/clock.ts";
import { MINUTE_MS } from "../../kit/durations.ts";
import type { Session, TariffRef } from "../session/session-types.ts";
import { tariffInForce } from "../tariff/in-force.ts";
import { noContext, price } from "../tariff/price.ts";
import type { Debt, PriceContext, Quote, Stay, StayPayment } from "../tariff/quote.ts";
import type { ExitFacts } from "./facts.ts";
import type { Identity } from "./identify.ts";
import type { ReasonCode } from "./reasons.ts";
import { canJudgeTime } from "./trust.ts";

/** A vehicle at an exit with all that is known. */
export interface ExitCase {
  readonly facts: ExitFacts;
  readonly policy: LotPolicy;
  readonly now: WallMs;
  readonly who: Identity;
}

/** What a stay costs. `forStay` leaves out debts of earlier visits: it is what a vehicle that leaves now owes anew. */
export type ExitPrice =
  | { readonly kind: "priced"; readonly quote: Quote; readonly forStay: Quote }
  | {
      readonly kind: "unpriced";
      readonly code: Extract<ReasonCode, "tariff_missing" | "clock_not_trusted" | "stay_clamped">;
    };

/** Prices the exit of a known stay by the tariff version that it began with. */
export function priceSession(exit: ExitCase, session: Session): ExitPrice {
  const { facts, policy, now } = exit;
  if (!canJudgeTime(facts)) return { kind: "unpriced", code: "clock_not_trusted" };
  const tariff = findTariff(facts.tariffs, session.tariff ?? tariffInForce(policy, session.enteredAt));
  if (tariff === undefined) return { kind: "unpriced", code: "tariff_missing" };
  const reservation = prepaidReservation(facts.reservations, session);
  if (reservation === "unknown") return { kind: "unpriced", code: "tariff_missing" };
  const context: PriceContext = {
    spotType: session.spotType,
    vehicleClass: session.vehicleClass,
    occupancyPermilleAtEntry: session.occupancyPermilleAtEntry,
    validations: facts.validations.filter((one) => one.sessionId === session.sessionId).map((one) => one.validation),
    payments: paymentsOf(exit, session),
    debts: [],
  };
  const stay: Stay = { kind: "measured", enteredAt: chargedFrom(session, reservation, { tariff, now }), exitAt: now };
  return quotes(exit, stay, { tariff, context });
}

/** Prices a stay of which only the ticket tells, from the time of its printing. */
export function priceTicket(exit: ExitCase, issuedAt: WallMs): ExitPrice {
  const { facts, policy, now } = exit;
  if (!canJudgeTime(facts)) return { kind: "unpriced", code: "clock_not_trusted" };
  const tariff = findTariff(facts.tariffs, tariffInForce(policy, issuedAt));
  if (tariff === undefined) return { kind: "unpriced", code: "tariff_missing" };
  const payments = facts.payments.filter((payment) => payment.sessionId === null);
  const stay: Stay = { kind: "measured", enteredAt: issuedAt, exitAt: now };
  return quotes(exit, stay, { tariff, context: { ...noContext, payments } });
}

/** Prices a lost ticket by the tariff that is in force now. */
export function priceLostTicket(exit: ExitCase): ExitPrice {
  const { facts, policy, now } = exit;
  const tariff = findTariff(facts.tariffs, tariffInForce(policy, now));
  if (tariff === undefined) return { kind: "unpriced", code: "tariff_missing" };
  const payments = facts.payments.filter((payment) => payment.sessionId === null);
  return quotes(exit, { kind: "lost_ticket", exitAt: now }, { tariff, context: { ...noContext, payments } });
}

/** Payments for a session, each once. */
function paymentsOf({ facts }: ExitCase, session: Session): readonly StayPayment[] {
  const all = [...session.payments, ...facts.payments.filter((payment) => payment.sessionId === session.sessionId)];
  return [...new Map(all.map((payment) => [payment.paymentId, payment])).values()];
}

function quotes(
  { facts, policy }: ExitCase,
  stay: Stay,
  { tariff, context }: { readonly tariff: Tariff; readonly context: PriceContext },
): ExitPrice {
  const forStay = price(stay, tariff, context);
  // A stay of more than a year is a wrong clock or a missed exit; nobody is charged for it unasked.
  if (forStay.flags.includes("stay_clamped")) return { kind: "unpriced", code: "stay_clamped" };
  const debts: readonly Debt[] = policy.collect_debts ? facts.debts : [];
  const quote = debts.length === 0 ? forStay : price(stay, tariff, { ...context, debts });
  return { kind: "priced", quote, forStay };
}

function findTariff(tariffs: readonly Tariff[], wanted: TariffRef | null): Tariff | undefined {
  if (wanted === null) return undefined;
  return tariffs.find((one) => one.tariff_id === wanted.id && one.version === wanted.version);
}

function prepaidReservation(reservations: readonly Reservation[], session: Session): Reservation | null | "unknown" {
  if (session.kind !== "reservation") return null;
  const found = reservations.find((one) => one.reservation_id === session.reservationId);
  if (found === undefined) return "unknown";
  return found.prepaid ? found : null;
}

/** A prepaid window is not charged again; what lies after it, and after the time to leave, is. */
function chargedFrom(
  session: Session,
  reservation: Reservation | null,
  { tariff, now }: { readonly tariff: Tariff; readonly now: WallMs },
): WallMs {
  if (reservation === null) return session.enteredAt;
  const endsAt = fromIso(reservation.ends_at);
  const leaveBy = later(endsAt, tariff.exit_grace_minutes * MINUTE_MS);
  return now <= leaveBy ? now : endsAt;
}
