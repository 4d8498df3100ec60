import type { ChargeChange } from "@gatehouse/shared/domain/access/decision.ts";
import type { Quote } from "@gatehouse/shared/domain/tariff/quote.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { ExitCharge } from "./plan.ts";

/** ISO 4217 for "no currency": amounts of a lot whose policy has never been received, all of them zero. */
export const NO_CURRENCY = "XXX";

/** What is written to the session when the vehicle leaves after this decision. */
export function exitChargeOf(charge: ChargeChange, currency: string): ExitCharge {
  switch (charge.kind) {
    case "none":
      return { feeMinor: 0, paidMinor: 0, debtMinor: 0, currency, settledDebts: [] };
    case "settled":
      return { ...quoted(charge.quote), debtMinor: 0, settledDebts: debtIds(charge.quote) };
    case "account":
      return {
        ...quoted(charge.quote),
        debtMinor: 0,
        settledDebts: debtIds(charge.quote),
        account: { accountId: charge.accountId, amountMinor: charge.amountMinor },
      };
    case "debt":
      return charge.quote === null
        ? { feeMinor: 0, paidMinor: 0, debtMinor: charge.amountMinor, currency, settledDebts: [] }
        : { ...quoted(charge.quote), debtMinor: charge.amountMinor, settledDebts: [] };
    case "due":
      return { ...quoted(charge.quote), debtMinor: charge.dueMinor, settledDebts: [] };
    default:
      return assertNever(charge);
  }
}

/** The quote that a decision rests on, when it has one. */
export function quoteOf(charge: ChargeChange): Quote | null {
  return charge.kind === "none" ? null : charge.quote;
}

/** The stay's own fee: debts of earlier visits are on the receipt, but were fees of other stays. */
function quoted(quote: Quote): Pick<ExitCharge, "feeMinor" | "paidMinor" | "currency"> {
  const debtMinor = debtLines(quote).reduce((sum, line) => sum + line.amountMinor, 0);
  return { feeMinor: quote.totalMinor - debtMinor, paidMinor: quote.paidMinor, currency: quote.currency };
}

function debtIds(quote: Quote): string[] {
  return debtLines(quote).map((line) => line.ruleId);
}

function debtLines(quote: Quote): Quote["lines"] {
  return quote.lines.filter((line) => line.kind === "debt");
}
