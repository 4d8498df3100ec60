import type { Money } from "@gatehouse/shared/kit/money.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceHealth } from "../device-health.ts";

/** `not_connected`: no terminal answers. `busy`: it still works on another request. */
export type TerminalError = "not_connected" | "busy";

export interface TerminalRequest {
  readonly requestId: string;
  readonly amount: Money;
}

export interface TerminalResult {
  readonly requestId: string;
  readonly result: "approved" | "declined" | "cancelled";
  /** The terminal's own reference for settling; never a card number. */
  readonly reference: string;
  readonly method: "credit_card" | "mobile_payment" | "cash";
}

/** What became of a request that was asked in an earlier run, as far as the terminal can say. */
export type Settlement =
  | { readonly kind: "approved"; readonly reference: string; readonly method: TerminalResult["method"] }
  | { readonly kind: "not_paid" }
  /** `why` is a sentence for a person, who has to look at the terminal. */
  | { readonly kind: "unknown"; readonly why: string };

/** A request as it was kept before it was asked. */
export interface EarlierRequest extends TerminalRequest {
  /** What `mark` said just before. */
  readonly mark: string | null;
}

export type TerminalEvent =
  /** After `declined` the request stays open for another try. */
  | { readonly kind: "result"; readonly result: TerminalResult }
  /**
   * The terminal was lost while it worked on the request, and an approval may still follow when it is back; or, `unclear`,
   * it can't tell whether it was paid.
   */
  | { readonly kind: "failed"; readonly requestId: string; readonly code: TerminalError | "unclear" }
  /** Nothing more comes of the request; not told after `approved` and `cancelled`, which say so themselves. */
  | {
      readonly kind: "closed";
      readonly requestId: string;
      readonly settlement: Exclude<Settlement, { readonly kind: "approved" }>;
    };

/**
 * The payment terminal of one lane; one request at a time.
 *
 * Fail-safe: an unanswered request takes no money; `cancel` may come too late, and an approval after it, or after
 * `failed`, is still an approval that the caller must book. A terminal that is gone says `not_connected` at once, so that
 * the lane can follow its policy instead of waiting (SAFE-18).
 */
export interface PaymentTerminalPort {
  request(request: TerminalRequest): Result<void, TerminalError>;
  /** Takes a request back; unknown and finished ones are ignored. */
  cancel(requestId: string): void;
  /** The terminal's last transaction, in its own words; null when it can't say. Kept with a request before it is asked. */
  mark(): string | null;
  /**
   * Finds out what became of a request of an earlier run, before anything else is asked. Calls back once, which takes as
   * long as the terminal is away.
   */
  settle(earlier: EarlierRequest, done: (settlement: Settlement) => void): void;
  /** Calls back for each event, once for each. Returns what ends it. */
  watch(listener: (event: TerminalEvent) => void): () => void;
  health(): DeviceHealth;
}
