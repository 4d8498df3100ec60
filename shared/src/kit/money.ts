/** An amount of money in the currency's minor unit (cents for EUR, whole yen for JPY). */
export interface Money {
  readonly amountMinor: number;
  /** ISO 4217 code. */
  readonly currency: string;
}

/** How many digits follow the decimal point of a currency (ISO 4217), as the platform's CLDR data tells. */
export function minorDigits(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** The amount in major units for payloads that carry decimals (15.00). Not for arithmetic. */
export function toMajor({ amountMinor, currency }: Money): number {
  return amountMinor / 10 ** minorDigits(currency);
}

/** The amount as people read it in a locale. */
export function formatMoney(money: Money, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "currency", currency: money.currency }).format(toMajor(money));
}
