import type { EarlierRequest, Settlement } from "../../ports/payment-terminal/payment-terminal-port.ts";
import type { StatusInformation } from "./zvt-codec.ts";
import type { CommandEnd } from "./zvt-line.ts";

/** The driver, or the time, has ended it: "abort via time-out or abort-key" (PA00P015, "Error codes"). */
const ENDED_BY_DRIVER = 0x6c;

/** A transaction as the terminal counts it: its own id and the trace number, which no clock moves. */
export function markOf({ terminal, trace }: StatusInformation): string {
  return `${terminal ?? 0}:${trace ?? 0}`;
}

/** As it stands on the terminal's day-end report. */
function referenceOf({ terminal, trace, receipt }: StatusInformation): string {
  return `ZVT-${terminal ?? 0}-${trace ?? 0}-${receipt ?? 0}`;
}

interface Asked extends Pick<EarlierRequest, "mark"> {
  readonly amountMinor: number;
  /** ISO 4217 number. */
  readonly currency: number;
}

/**
 * What the terminal's last receipt (null: it repeats none) says of a request before which its mark was another one. Only
 * a receipt of the same terminal, behind that mark, approved, with the same amount is the payment. Trace numbers decide
 * and not times: a terminal's clock is set by its network, and may differ from ours by a time zone. Where it is silent, or
 * speaks of something else, nobody knows: a terminal that "has no receipt" may be new, busy, or closed its day since.
 */
export function settlementOf(asked: Asked, status: StatusInformation | null): Settlement {
  const { mark } = asked;
  if (status === null || status.trace === null) return unknown("It does not repeat its last receipt.");
  if (mark === markOf(status)) return { kind: "not_paid" };
  if (mark === null) return unknown("Its last receipt was not known before the payment was asked for.");
  if (mark.split(":")[0] !== String(status.terminal ?? 0))
    return unknown("Another terminal is connected than the one that was asked.");
  if (status.result !== null && status.result !== 0) return { kind: "not_paid" };
  if (isApprovalOf(asked, status)) return approved(status);
  return unknown(`Its last receipt, ${referenceOf(status)}, is of something else.`);
}

/** How an authorisation ended. `ask_terminal`: its last receipt has to say it. */
type PaymentEnd =
  | Exclude<Settlement, { readonly kind: "not_paid" }>
  | { readonly kind: "declined" | "cancelled" | "ask_terminal" };

/**
 * What the end of an authorisation says of the money. `declined` and `cancelled` are said only where the terminal itself
 * said that nothing was paid. An approval that is not exactly what was asked for, like a part of it from a gift card, is
 * money that moved: a person settles it, and nothing is asked for again.
 */
export function endOf(asked: Asked, { result, code, status }: CommandEnd): PaymentEnd {
  if (result === "lost") return { kind: "ask_terminal" };
  if (result === "completed") return status === null ? { kind: "ask_terminal" } : completedWith(asked, status);
  // Approved, then given up: what became of it, say after a failed receipt, stands on the last receipt only.
  if (status?.result === 0) return { kind: "ask_terminal" };
  return { kind: code === ENDED_BY_DRIVER ? "cancelled" : "declined" };
}

function completedWith(asked: Asked, status: StatusInformation): PaymentEnd {
  if (status.result === null || (status.result === 0 && status.trace === null)) return { kind: "ask_terminal" };
  if (status.result !== 0) return { kind: "declined" };
  if (asked.mark === markOf(status)) return unknown(`It names ${referenceOf(status)} for a second time.`);
  if (isApprovalOf(asked, status)) return approved(status);
  return unknown(
    `It approved ${status.amountMinor ?? "an unknown number of"} minor units (${referenceOf(status)}) where ${asked.amountMinor} were asked for.`,
  );
}

function isApprovalOf(asked: Asked, status: StatusInformation): boolean {
  const isSameSum =
    status.amountMinor === asked.amountMinor && (status.currency === null || status.currency === asked.currency);
  return status.result === 0 && isSameSum && status.originalTrace === null;
}

function approved(status: StatusInformation): Extract<Settlement, { readonly kind: "approved" }> {
  return { kind: "approved", reference: referenceOf(status), method: "credit_card" };
}

function unknown(why: string): Extract<Settlement, { readonly kind: "unknown" }> {
  return { kind: "unknown", why };
}
