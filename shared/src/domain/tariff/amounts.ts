import type { TariffRounding } from "../../contracts/replica/tariff.ts";

/** One unit never costs more than this, whatever the factors say, so that sums stay exact integers. */
const MAX_UNIT_MINOR = 1_000_000_000;

/** `amountMinor` times factors in thousandths, rounded half up once at the end. */
export function scaleAmount(amountMinor: number, factorsPermille: readonly number[]): number {
  if (factorsPermille.length === 0) return amountMinor;
  const product = factorsPermille.reduce((sum, factor) => sum * BigInt(factor), BigInt(amountMinor));
  const divisor = 1000n ** BigInt(factorsPermille.length);
  return Math.min(MAX_UNIT_MINOR, Number((2n * product + divisor) / (2n * divisor)));
}

/** `amountMinor` times `numerator / denominator`, rounded half up. All are integers, none is negative. */
export function shareOf(amountMinor: number, numerator: number, denominator: number): number {
  const divisor = BigInt(denominator);
  return Number((2n * BigInt(amountMinor) * BigInt(numerator) + divisor) / (2n * divisor));
}

/** An amount by the tariff's rounding rule; never falls when the amount grows. */
export function roundAmount(amountMinor: number, { mode, to_minor }: TariffRounding): number {
  const below = Math.floor(amountMinor / to_minor) * to_minor;
  const rest = amountMinor - below;
  switch (mode) {
    case "down":
      return below;
    case "up":
      return rest === 0 ? amountMinor : below + to_minor;
    case "nearest":
      return rest * 2 >= to_minor ? below + to_minor : below;
  }
}
