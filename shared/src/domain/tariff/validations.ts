import { wallMs } from "../../kit/clock.ts";
import { MINUTE_MS } from "../../kit/durations.ts";
import { shareOf } from "./amounts.ts";
import { plainLine } from "./fee.ts";
import type { QuoteLine, Validation } from "./quote.ts";

type FreeTime = Extract<Validation, { kind: "free_time" }>;

export interface FreeStretch {
  readonly chargedFrom: number;
  readonly chargedUntil: number;
}

/** Takes free time off a stretch. `feeOf` tells which side saves more where the validation leaves that open. */
export function takeFreeTime(
  whole: FreeStretch,
  validations: readonly Validation[],
  feeOf: (stretch: FreeStretch) => number,
): { readonly stretch: FreeStretch; readonly lines: readonly QuoteLine[] } {
  let stretch = whole;
  const lines: QuoteLine[] = [];
  for (const validation of validations) {
    if (validation.kind !== "free_time") continue;
    const shorter = shorten(stretch, validation, feeOf);
    lines.push(freeTimeLine(stretch, shorter, validation));
    stretch = shorter;
  }
  return { stretch, lines };
}

function shorten(stretch: FreeStretch, validation: FreeTime, feeOf: (stretch: FreeStretch) => number): FreeStretch {
  const { chargedFrom, chargedUntil } = stretch;
  const freeMs = Math.min(validation.minutes * MINUTE_MS, Math.max(0, chargedUntil - chargedFrom));
  const fromStart = { chargedFrom: chargedFrom + freeMs, chargedUntil };
  const fromEnd = { chargedFrom, chargedUntil: chargedUntil - freeMs };
  switch (validation.taken) {
    case "from_start":
      return fromStart;
    case "from_end":
      return fromEnd;
    case "where_cheapest":
      return feeOf(fromStart) < feeOf(fromEnd) ? fromStart : fromEnd;
  }
}

function freeTimeLine(before: FreeStretch, after: FreeStretch, validation: FreeTime): QuoteLine {
  const atStart = after.chargedFrom > before.chargedFrom;
  return {
    ...plainLine("validation", validation.validationId, 0),
    from: wallMs(atStart ? before.chargedFrom : after.chargedUntil),
    to: wallMs(atStart ? after.chargedFrom : before.chargedUntil),
    unitMinutes: validation.minutes,
  };
}

/** Lines that reduce a fee: per cents first, then amounts, each of what is left, never below zero. */
export function discountLines(feeMinor: number, validations: readonly Validation[]): QuoteLine[] {
  let leftMinor = feeMinor;
  const lines: QuoteLine[] = [];
  const take = (validationId: string, amountMinor: number): void => {
    const taken = Math.min(leftMinor, amountMinor);
    leftMinor -= taken;
    lines.push(plainLine("validation", validationId, taken === 0 ? 0 : -taken));
  };
  for (const one of validations) {
    if (one.kind === "percent") take(one.validationId, shareOf(leftMinor, one.percentPermille, 1000));
  }
  for (const one of validations) {
    if (one.kind === "amount") take(one.validationId, one.amountMinor);
  }
  return lines;
}
