import { minorDigits } from "@gatehouse/shared/kit/money.ts";

const known = new Map<string, number>();

/** `minorDigits`, remembered: looking a currency up costs more than all the rest of an event. */
export function digitsOf(currency: string): number {
  const digits = known.get(currency) ?? minorDigits(currency);
  known.set(currency, digits);
  return digits;
}
