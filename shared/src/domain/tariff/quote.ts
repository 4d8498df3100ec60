import type { WallMs } from "../../kit/clock.ts";

/** What is to be priced. Lost ticket: no entry is known, so the tariff's fixed fee stands for the stay. */
export type Stay =
  | { readonly kind: "measured"; readonly enteredAt: WallMs; readonly exitAt: WallMs }
  | { readonly kind: "lost_ticket"; readonly exitAt: WallMs };

/** A third party's reduction. Free time is taken off the start or the end of the stay, or where it saves more. */
export type Validation =
  | { readonly kind: "amount"; readonly validationId: string; readonly amountMinor: number }
  | { readonly kind: "percent"; readonly validationId: string; readonly percentPermille: number }
  | {
      readonly kind: "free_time";
      readonly validationId: string;
      readonly minutes: number;
      readonly taken: "from_start" | "from_end" | "where_cheapest";
    };

/** A payment made for this stay. Up to `paidUntil` no time after `paidAt` is charged. */
export interface StayPayment {
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly paidAt: WallMs;
  readonly paidUntil: WallMs;
}

/** An unpaid fee of an earlier visit. */
export interface Debt {
  readonly debtId: string;
  readonly amountMinor: number;
}

/** What was fixed at entry, and what happened since, that changes the price. */
export interface PriceContext {
  readonly spotType: string | null;
  readonly vehicleClass: string | null;
  /** How full the lot was at entry, 0 to 1000. */
  readonly occupancyPermilleAtEntry: number | null;
  readonly validations: readonly Validation[];
  readonly payments: readonly StayPayment[];
  readonly debts: readonly Debt[];
}

export type QuoteLineKind =
  | "entry_grace"
  | "free_minutes"
  | "band"
  | "cap"
  | "early_bird"
  | "validation"
  | "rounding"
  | "tax"
  | "lost_ticket"
  | "debt";

/** One line of a receipt. `amountMinor` is below zero for reductions. */
export interface QuoteLine {
  readonly kind: QuoteLineKind;
  /** The rule of the tariff (`evening`, `evening/2` for its second step), or the id of the validation or debt. */
  readonly ruleId: string;
  /** The time that the line is for; null where it is for no stretch of time. */
  readonly from: WallMs | null;
  readonly to: WallMs | null;
  readonly units: number;
  readonly unitMinutes: number | null;
  readonly unitPriceMinor: number;
  readonly amountMinor: number;
}

/** Tax that is contained in the total, for the receipt. */
export interface IncludedTax {
  readonly taxId: string;
  readonly amountMinor: number;
}

/** What was out of the ordinary; a quote with flags is still to be charged. */
export type QuoteFlag =
  | "entry_in_future"
  | "stay_clamped"
  | "validation_over_limit"
  | "within_paid_time"
  | "paid_time_over"
  | "overpaid";

/** A fee computed for a moment, itemised. */
export interface Quote {
  readonly tariffId: string;
  readonly tariffVersion: number;
  readonly currency: string;
  /** The moment the quote is for. */
  readonly at: WallMs;
  /** The sum of their amounts is `totalMinor`. */
  readonly lines: readonly QuoteLine[];
  readonly totalMinor: number;
  readonly includedTax: readonly IncludedTax[];
  readonly paidMinor: number;
  /** `totalMinor` less `paidMinor`, never below zero. */
  readonly dueMinor: number;
  /** Who pays `dueMinor` at `at` may leave until then. */
  readonly leaveBy: WallMs;
  readonly flags: readonly QuoteFlag[];
}
