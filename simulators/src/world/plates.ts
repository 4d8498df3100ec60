import { confusableKey, normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { pick, type Random, randomInt } from "@gatehouse/shared/kit/random.ts";

export type PlateCountry = "DE" | "NL" | "FR" | "PL" | "IT" | "GB" | "US" | "CA";

/** Countries seen at a lot, the first one most. */
export type PlateMix = readonly [PlateCountry, ...PlateCountry[]];

const GERMAN_DISTRICTS = ["B", "M", "HH", "K", "F", "S", "D", "L", "P", "BN", "KA", "MÜ", "OHV", "TF", "LDS", "WÜ"];
const POLISH_DISTRICTS = ["WA", "KR", "PO", "GD", "WX", "SZ"];
const LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ";
const HOME_SHARE = 0.75;
const MAX_TRIES = 1_000;

/** A plate as it is painted, of one of the mix's countries. */
export function drawPlate(mix: PlateMix, random: Random): string {
  const country = random.next() < HOME_SHARE ? mix[0] : pick(random, mix);
  return PATTERNS[country](random);
}

const PATTERNS: Readonly<Record<PlateCountry, (random: Random) => string>> = {
  DE: (random) => `${pick(random, GERMAN_DISTRICTS)}-${letters(random, 2)} ${randomInt(random, 100, 9999)}`,
  NL: (random) => `${letters(random, 2)}-${digits(random, 3)}-${letters(random, 1)}`,
  FR: (random) => `${letters(random, 2)}-${digits(random, 3)}-${letters(random, 2)}`,
  PL: (random) => `${pick(random, POLISH_DISTRICTS)} ${digits(random, 4)}${letters(random, 1)}`,
  IT: (random) => `${letters(random, 2)} ${digits(random, 3)} ${letters(random, 2)}`,
  GB: (random) => `${letters(random, 2)}${digits(random, 2)} ${letters(random, 3)}`,
  US: (random) => `${letters(random, 3)} ${digits(random, 4)}`,
  CA: (random) => `${letters(random, 4)} ${digits(random, 3)}`,
};

/** Gives out plates of which no two resemble one another, so that each read has one owner. */
export class PlateRegister {
  #keys = new Set<string>();

  /** Takes a plate that exists already (a permit's); false when it resembles one that is taken. */
  claim(painted: string): boolean {
    const key = confusableKey(normalisePlate(painted) ?? painted);
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    return true;
  }

  /** A new plate. Throws RangeError when the mix has no more. */
  draw(mix: PlateMix, random: Random): string {
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const plate = drawPlate(mix, random);
      if (this.claim(plate)) return plate;
    }
    throw new RangeError(`No plate left that resembles none of the ${this.#keys.size} given out; use more countries.`);
  }
}

function letters(random: Random, length: number): string {
  return Array.from({ length }, () => pick(random, [...LETTERS])).join("");
}

function digits(random: Random, length: number): string {
  return Array.from({ length }, () => randomInt(random, 0, 9)).join("");
}
