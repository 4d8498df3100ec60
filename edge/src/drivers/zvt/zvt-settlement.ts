import type { EarlierRequest, Settlement } from "../../ports/payment-terminal/payment-terminal-port.ts";
import type { StatusInformation } from "./zvt-codec.ts";

/** The mark of a terminal that said it has no receipt to repeat: it is new, or its day was closed. */
export const NO_RECEIPT = "none";

/** A transaction as the terminal counts it: its own id and the trace number, which no clock moves. */
export function markOf({ terminal, trace }: StatusInformation): string {
  return `${terminal ?? 0}:${trace ?? 0}`;
}

/** As it stands on the terminal's day-end report. */
export function referenceOf({ terminal, trace, receipt }: StatusInformation): string {
  return `ZVT-${terminal ?? 0}-${trace ?? 0}-${receipt ?? 0}`;
}

export interface Asked extends Pick<EarlierRequest, "mark"> {
  readonly amountMinor: number;
  /** ISO 4217 number. */
  readonly currency: number;
}

/**
 * What the terminal's last receipt (null: it repeats none) says of a request before which its mark was another one. Only
 * a receipt of the same terminal, behind that mark, approved, with the same amount is the payment. Trace numbers decide
 * and not times: a terminal's clock is set by its network, and may differ from ours by a time zone.
 */
export function settlementOf({ amountMinor, currency, mark }: Asked, status: StatusInformation | null): Settlement {
  if (status === null || status.trace === null) return unknown("It does not repeat its last receipt.");
  if (mark === markOf(status)) return { kind: "not_paid" };
  if (mark === null) return unknown("Its last receipt was not known before the payment was asked for.");
  const isSameTerminal = mark === NO_RECEIPT || mark.split(":")[0] === String(status.terminal ?? 0);
  if (!isSameTerminal) return unknown("Another terminal is connected than the one that was asked.");
  if (status.result !== null && status.result !== 0) return { kind: "not_paid" };
  const isSameSum = status.amountMinor === amountMinor && (status.currency === null || status.currency === currency);
  if (status.result === 0 && isSameSum)
    return { kind: "approved", reference: referenceOf(status), method: "credit_card" };
  return unknown(`Its last receipt, ${referenceOf(status)}, is of something else.`);
}

function unknown(why: string): Settlement {
  return { kind: "unknown", why };
}
