import type { Tariff } from "../../contracts/replica/tariff.ts";
import { later, type WallMs, wallMs } from "../../kit/clock.ts";
import { DAY_MS, MINUTE_MS } from "../../kit/durations.ts";
import { clampInstant } from "../wall-clock/zone.ts";
import { roundAmount, shareOf } from "./amounts.ts";
import { earlyBirdFee } from "./early-bird.ts";
import { type Factors, factorsOf } from "./factors.ts";
import { bandFee, type Fee, plainLine } from "./fee.ts";
import type { IncludedTax, PriceContext, Quote, QuoteFlag, QuoteLine, Stay, StayPayment } from "./quote.ts";
import { discountLines, type FreeStretch, takeFreeTime } from "./validations.ts";

/** A longer stay is a mistake of some clock; this much of it is charged. */
export const MAX_CHARGED_STAY_MS = 400 * DAY_MS;

/** A stay of which nothing but its times is known. */
export const noContext: PriceContext = {
  spotType: null,
  vehicleClass: null,
  occupancyPermilleAtEntry: null,
  validations: [],
  payments: [],
  debts: [],
};

/**
 * The fee of a stay by one version of a tariff, itemised. Amounts are integer minor units of the tariff's currency.
 *
 * Order: entry grace; free minutes and free time of validations; bands with their steps and caps, or an early bird where
 * that is cheaper; per cents, then amounts of validations; rounding; tax; debts; payments. Time is elapsed time between
 * instants, while bands, special days and calendar caps go by the wall clock of the lot. At an exact unit boundary the
 * next unit has not started. Never throws for a tariff that its schema accepts; times that can't be are clamped and
 * flagged.
 */
export function price(stay: Stay, tariff: Tariff, context: PriceContext): Quote {
  const at = wallMs(clampInstant(stay.exitAt));
  const charged =
    stay.kind === "lost_ticket"
      ? lostTicket(at, { tariff, context })
      : measuredStay(stay.enteredAt, at, { tariff, context });
  const taxes = taxOf(charged.feeMinor, tariff);
  const debtLines = context.debts.map((debt) => plainLine("debt", debt.debtId, debt.amountMinor));
  const lines = [...charged.lines, ...taxes.lines, ...debtLines];
  const totalMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0);
  const paidMinor = context.payments.reduce((sum, payment) => sum + payment.amountMinor, 0);
  const dueMinor = Math.max(0, totalMinor - paidMinor);
  const overpaid: QuoteFlag[] = paidMinor > totalMinor ? ["overpaid"] : [];
  return {
    tariffId: tariff.tariff_id,
    tariffVersion: tariff.version,
    currency: tariff.currency,
    at,
    lines,
    totalMinor,
    includedTax: taxes.included,
    paidMinor,
    dueMinor,
    leaveBy: dueMinor > 0 ? later(at, tariff.exit_grace_minutes * MINUTE_MS) : charged.freeUntil,
    flags: [...charged.flags, ...overpaid],
  };
}

/** The part of a quote that is for the stay itself, rounded, before tax. */
interface ChargedStay {
  readonly feeMinor: number;
  readonly lines: readonly QuoteLine[];
  readonly flags: readonly QuoteFlag[];
  /** Until when nothing more falls due for who owes nothing at the quote's moment. */
  readonly freeUntil: WallMs;
}

interface Terms {
  readonly tariff: Tariff;
  readonly context: PriceContext;
}

function lostTicket(at: WallMs, { tariff, context }: Terms): ChargedStay {
  const feeMinor = tariff.lost_ticket_minor;
  const { until, flag } = paidTime(at, context.payments);
  const lines = [plainLine("lost_ticket", "lost_ticket", feeMinor)];
  return { feeMinor, lines, flags: flag ? [flag] : [], freeUntil: wallMs(Math.max(at, until)) };
}

function measuredStay(entered: WallMs, at: WallMs, terms: Terms): ChargedStay {
  const { tariff, context } = terms;
  const flags: QuoteFlag[] = [];
  const enteredAt = Math.min(clampInstant(entered), at);
  if (entered > at) flags.push("entry_in_future");
  const paid = paidTime(at, context.payments);
  if (paid.flag) flags.push(paid.flag);
  let exitAt = Math.max(enteredAt, paid.chargedUntil);
  if (exitAt - enteredAt > MAX_CHARGED_STAY_MS) {
    exitAt = enteredAt + MAX_CHARGED_STAY_MS;
    flags.push("stay_clamped");
  }
  const graceUntil = enteredAt + tariff.entry_grace_minutes * MINUTE_MS;
  if (exitAt <= graceUntil) {
    const line = { ...plainLine("entry_grace", "entry_grace", 0), from: wallMs(enteredAt), to: wallMs(exitAt) };
    return { feeMinor: 0, lines: [line], flags, freeUntil: wallMs(Math.max(at, paid.until, graceUntil)) };
  }
  const counted = context.validations.slice(0, tariff.max_validations);
  if (counted.length < context.validations.length) flags.push("validation_over_limit");
  const lines = feeLines({ enteredAt, exitAt }, { tariff, context: { ...context, validations: counted } });
  const feeMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0);
  return { feeMinor, lines, flags, freeUntil: wallMs(Math.max(at, paid.until)) };
}

/** Who paid is not charged for the time to leave; after it the whole stay is priced again. */
function paidTime(
  at: WallMs,
  payments: readonly StayPayment[],
): { readonly chargedUntil: number; readonly until: number; readonly flag: QuoteFlag | null } {
  const running = payments.filter((payment) => at <= payment.paidUntil);
  if (running.length === 0) return { chargedUntil: at, until: at, flag: payments.length > 0 ? "paid_time_over" : null };
  return {
    chargedUntil: Math.min(at, Math.max(...running.map((payment) => payment.paidAt))),
    until: Math.max(...running.map((payment) => payment.paidUntil)),
    flag: "within_paid_time",
  };
}

function feeLines(
  times: { readonly enteredAt: number; readonly exitAt: number },
  { tariff, context }: Terms,
): QuoteLine[] {
  const factors = factorsOf(tariff, context);
  const fee = cheapestFee(times, { tariff, context }, factors);
  const discounts = discountLines(fee.totalMinor, context.validations);
  const lines = [...fee.lines, ...discounts];
  if (tariff.rounding.scope === "band") return lines;
  const exactMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0);
  const differenceMinor = roundAmount(exactMinor, tariff.rounding) - exactMinor;
  return differenceMinor === 0 ? lines : [...lines, plainLine("rounding", "stay", differenceMinor)];
}

function cheapestFee(
  times: { readonly enteredAt: number; readonly exitAt: number },
  { tariff, context }: Terms,
  factors: Factors,
): Fee {
  const { enteredAt, exitAt } = times;
  const feeOf = (stretch: FreeStretch): Fee => bandFee(tariff, { enteredAt, ...stretch }, factors);
  const whole = { chargedFrom: enteredAt + tariff.free_minutes * MINUTE_MS, chargedUntil: exitAt };
  const free = takeFreeTime(whole, context.validations, (stretch) => feeOf(stretch).totalMinor);
  const measured = feeOf(free.stretch);
  const early = earlyBirdFee(tariff, times, factors);
  if (early !== null && early.totalMinor < measured.totalMinor) return early;
  return { totalMinor: measured.totalMinor, lines: [...measured.lines, ...free.lines] };
}

function taxOf(
  feeMinor: number,
  { tax }: Tariff,
): { readonly lines: readonly QuoteLine[]; readonly included: readonly IncludedTax[] } {
  switch (tax.prices) {
    case "exclusive":
      return {
        lines: tax.rates.map((rate) =>
          plainLine("tax", rate.tax_id, shareOf(feeMinor, rate.rate_basis_points, 10_000)),
        ),
        included: [],
      };
    case "inclusive": {
      const gross = 10_000 + tax.rates.reduce((sum, rate) => sum + rate.rate_basis_points, 0);
      const included = tax.rates.map(({ tax_id, rate_basis_points }) => ({
        taxId: tax_id,
        amountMinor: shareOf(feeMinor, rate_basis_points, gross),
      }));
      return { lines: [], included };
    }
  }
}
