import type { Money } from "@gatehouse/shared/kit/money.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";

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

/**
 * The payment terminal of one lane; one request at a time.
 *
 * Fail-safe: an unanswered request takes no money; `cancel` may come too late, and an approval after it is still an
 * approval that the caller must book. A terminal that is gone says `not_connected` at once, so that the lane can follow
 * its policy instead of waiting (SAFE-18).
 */
export interface PaymentTerminalPort {
  request(request: TerminalRequest): Result<void, TerminalError>;
  /** Takes a request back; unknown and finished ones are ignored. */
  cancel(requestId: string): void;
  /** Calls back for each result; after `declined` the request stays open for another try. Returns what ends it. */
  onResult(listener: (result: TerminalResult) => void): () => void;
}
