import { assertNever } from "../../kit/exhaustive.ts";
import type { Quote } from "../tariff/quote.ts";
import type { ChargeChange, Reason, SessionChange } from "./decision.ts";
import type { ExitCase, ExitPrice } from "./exit-price.ts";
import type { ReasonCode } from "./reasons.ts";
import { freshnessOf } from "./trust.ts";
import { byPolicy, byRule, type Verdict } from "./verdict.ts";

/** A stay that is about to end. */
export interface Leaving {
  readonly price: ExitPrice;
  readonly session: SessionChange;
  /** What is known of the stay; the money's reason goes before them. */
  readonly notes: readonly Reason[];
  /** The stay was found by the exact plate: a card on file may be charged. */
  readonly byExactPlate: boolean;
}

/** Lets a vehicle out, has it pay, or lets it out owing, by what is due and what can be collected now. */
export function settle(exit: ExitCase, leaving: Leaving): Verdict {
  const { price } = leaving;
  if (price.kind === "unpriced") return letOutUnpriced(exit, leaving, price.code);
  const { quote } = price;
  const notes = [...quoteNotes(quote), ...debtNotes(exit), ...leaving.notes];
  if (quote.dueMinor === 0) {
    const code = quote.flags.includes("within_paid_time") ? "within_paid_time" : "nothing_due";
    const reasons = [byTariff(code, quote), ...notes] as const;
    return { outcome: "admit", reasons, session: leaving.session, charge: { kind: "settled", quote } };
  }
  return collect(exit, leaving, { quote, forStay: price.forStay, notes });
}

interface Due {
  readonly quote: Quote;
  readonly forStay: Quote;
  readonly notes: readonly Reason[];
}

function collect(exit: ExitCase, leaving: Leaving, due: Due): Verdict {
  const { facts, policy } = exit;
  const { quote, forStay, notes } = due;
  const account = leaving.byExactPlate ? facts.autoPay : null;
  if (account !== null && quote.dueMinor <= mostOnAccount(exit, account.maxAmountMinor)) {
    const charge: ChargeChange = { kind: "account", quote, accountId: account.accountId, amountMinor: quote.dueMinor };
    const reasons = [byRule("automatic_payment", account.accountId), ...notes] as const;
    return { outcome: "admit", reasons, session: leaving.session, charge };
  }
  switch (waysToPay(exit)) {
    case "here":
      return {
        outcome: "ask",
        ask: "pay",
        reasons: [byTariff("payment_due", quote), ...notes],
        charge: { kind: "due", quote, dueMinor: quote.dueMinor },
      };
    case "ask_operator":
      return { outcome: "ask", ask: "operator", reasons: [byPolicy("replica_stale", policy), ...notes] };
    case "later":
      return leaveOwing(exit, leaving, { quote: forStay, notes });
  }
}

/** Whether the account still holds isn't known without the cloud: it then stands for no more than anybody may owe. */
function mostOnAccount(exit: ExitCase, maxAmountMinor: number): number {
  if (waysToPay(exit) === "here") return maxAmountMinor;
  return Math.min(maxAmountMinor, exit.policy.offline_payment.max_debt_minor);
}

/**
 * Whether a payment can be made, and an earlier one would be known. Without network neither holds; with data that is
 * too old, an earlier payment may have been missed, and the policy says what then.
 */
function waysToPay({ facts, policy }: ExitCase): "here" | "later" | "ask_operator" {
  switch (facts.link) {
    case "cloud_down":
    case "network_down":
    case "gateway_down":
      return "later";
    case "online":
    case "degraded":
      break;
    default:
      return assertNever(facts.link);
  }
  const freshness = freshnessOf(facts, policy, "credits");
  if (freshness === "ignore") return "later";
  return freshness === "ask_operator" ? "ask_operator" : "here";
}

function leaveOwing(
  exit: ExitCase,
  leaving: Leaving,
  due: { readonly quote: Quote; readonly notes: readonly Reason[] },
): Verdict {
  const { policy, facts } = exit;
  const { max_debt_minor: maxDebtMinor, max_open_debts: maxOpenDebts } = policy.offline_payment;
  const { quote, notes } = due;
  const tooManyDebts = quote.dueMinor > 0 && facts.debts.length >= maxOpenDebts;
  if (quote.dueMinor > maxDebtMinor || tooManyDebts) {
    return { outcome: "ask", ask: "operator", reasons: [byPolicy("offline_limit", policy), ...notes] };
  }
  const charge: ChargeChange =
    quote.dueMinor === 0 ? { kind: "settled", quote } : { kind: "debt", quote, amountMinor: quote.dueMinor };
  const reasons = [byPolicy("offline_debt", policy), ...notes] as const;
  return { outcome: "admit", reasons, session: leaving.session, charge };
}

/** SAFE-18: an exit does not trap who can't be charged. The stay ends without a price, with the reason why. */
function letOutUnpriced({ policy }: ExitCase, leaving: Leaving, code: ReasonCode): Verdict {
  const reason = byPolicy(code, policy);
  if (policy.fail_policy.exit === "ask_operator") {
    return { outcome: "ask", ask: "operator", reasons: [reason, ...leaving.notes] };
  }
  const reasons = [reason, byPolicy("fail_open", policy), ...leaving.notes] as const;
  return { outcome: "admit", reasons, session: leaving.session, charge: { kind: "debt", quote: null, amountMinor: 0 } };
}

function quoteNotes(quote: Quote): Reason[] {
  const notes: Reason[] = [];
  if (quote.flags.includes("paid_time_over")) notes.push(byTariff("paid_time_over", quote));
  if (quote.flags.includes("overpaid")) notes.push(byTariff("overpaid", quote));
  if (quote.flags.includes("entry_in_future")) notes.push(byTariff("entry_in_future", quote));
  return notes;
}

function debtNotes({ facts }: ExitCase): Reason[] {
  return facts.debts.slice(0, 1).map((debt) => byRule("debt_of_earlier_visit", debt.debtId));
}

function byTariff(code: ReasonCode, quote: Quote): Reason {
  return byRule(code, quote.tariffId, quote.tariffVersion);
}
