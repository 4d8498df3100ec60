/**
 * Crockford's base 32 (https://www.crockford.com/base32.html): capitals and digits without I, L, O and U, so that
 * nothing is mistaken for 1, 0 or V when it is typed. QR's alphanumeric mode and Code 39 hold it without escapes.
 */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));

/** `width` characters for a whole number from 0 to below 32 ** width; higher digits are dropped. */
export function encodeNumber(value: number, width: number): string {
  let text = "";
  let rest = value;
  for (let at = 0; at < width; at++) {
    text = (ALPHABET[rest % 32] ?? "0") + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** The first `width` characters of the bytes, five bits each, highest first; `bytes` must hold them. */
export function encodeBytes(bytes: Uint8Array, width: number): string {
  let text = "";
  for (let at = 0; at < width; at++) text += ALPHABET[fiveBits(bytes, at * 5)] ?? "0";
  return text;
}

/** The number that `encodeNumber` wrote; the characters must be of the alphabet. */
export function decodeNumber(text: string): number {
  return symbolsOf(text).reduce((sum, value) => sum * 32 + value, 0);
}

/** Each character's value, 0 to 31; characters outside the alphabet count as 0. */
export function symbolsOf(text: string): readonly number[] {
  return [...text].map((character) => VALUES.get(character) ?? 0);
}

/** The text of some values of 0 to 31. */
export function textOf(symbols: readonly number[]): string {
  return symbols.map((value) => ALPHABET[value] ?? "0").join("");
}

function fiveBits(bytes: Uint8Array, firstBit: number): number {
  const at = firstBit >> 3;
  const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return (pair >> (11 - (firstBit & 7))) & 31;
}
