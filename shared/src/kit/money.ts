/** An amount of money in the currency's minor unit (cents for EUR, whole yen for JPY). */
export interface Money {
  readonly amountMinor: number;
  /** ISO 4217 code. */
  readonly currency: string;
}

/** By code. Making a number format takes longer than all the rest of an event; there are fewer codes than 26^3. */
const knownDigits = new Map<string, number>();

/**
 * How many digits follow the decimal point of a currency (ISO 4217), as the platform's CLDR data tells. Throws RangeError
 * when the text is no code.
 */
export function minorDigits(currency: string): number {
  const known = knownDigits.get(currency);
  if (known !== undefined) return known;
  const { maximumFractionDigits } = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
  const digits = maximumFractionDigits ?? 2;
  knownDigits.set(currency, digits);
  return digits;
}

/** The amount in major units for payloads that carry decimals (15.00). Not for arithmetic. */
export function toMajor({ amountMinor, currency }: Money): number {
  return amountMinor / 10 ** minorDigits(currency);
}

/** The amount as people read it in a locale. */
export function formatMoney(money: Money, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "currency", currency: money.currency }).format(toMajor(money));
}
