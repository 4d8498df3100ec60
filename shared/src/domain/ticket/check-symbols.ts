/** Longest text with its two check characters: positions are told apart by the 31 powers of a primitive element. */
export const CHECKED_MAX_LENGTH = 31;

/** x^5 + x^2 + 1, a primitive polynomial over GF(2). */
const POLYNOMIAL = 0b10_0101;

const POWERS: readonly number[] = powersOfTwo();
const LOGARITHMS = new Map(POWERS.map((value, exponent) => [value, exponent]));

/**
 * Two check symbols of a Reed-Solomon code over GF(32) (I. Reed, G. Solomon, 1960): its distance is three, so each one or
 * two wrong characters, and each two that changed places, are noticed. `data` has at most 29 symbols of 0 to 31.
 */
export function checkSymbols(data: readonly number[]): readonly [number, number] {
  const [sum, weighted] = syndromes(data);
  const first = data.length;
  // p + q = sum, and p * w(first) + q * w(first + 1) = weighted; addition is XOR.
  const divisor = weight(first) ^ weight(first + 1);
  const p = divide(weighted ^ multiply(sum, weight(first + 1)), divisor);
  return [p, p ^ sum];
}

/** Whether the last two symbols are the check symbols of those before. */
export function isChecked(symbols: readonly number[]): boolean {
  const [sum, weighted] = syndromes(symbols);
  return symbols.length <= CHECKED_MAX_LENGTH && sum === 0 && weighted === 0;
}

function syndromes(symbols: readonly number[]): readonly [number, number] {
  let sum = 0;
  let weighted = 0;
  symbols.forEach((symbol, at) => {
    sum ^= symbol;
    weighted ^= multiply(symbol, weight(at));
  });
  return [sum, weighted];
}

function weight(position: number): number {
  return POWERS[position % POWERS.length] ?? 1;
}

function multiply(left: number, right: number): number {
  const [a, b] = [LOGARITHMS.get(left), LOGARITHMS.get(right)];
  return a === undefined || b === undefined ? 0 : weight(a + b);
}

function divide(left: number, right: number): number {
  const [a, b] = [LOGARITHMS.get(left), LOGARITHMS.get(right)];
  return a === undefined || b === undefined ? 0 : weight(a - b + POWERS.length);
}

function powersOfTwo(): number[] {
  const powers: number[] = [];
  for (let value = 1; powers.length < 31; value = value < 16 ? value << 1 : (value << 1) ^ POLYNOMIAL) {
    powers.push(value);
  }
  return powers;
}
