import type { Random } from "@gatehouse/shared/kit/random.ts";
import { pick } from "@gatehouse/shared/kit/random.ts";

/** What a camera made of one look at a vehicle. */
export interface Sighting {
  /** Null: no plate found. */
  readonly text: string | null;
  /** 0 to 1. */
  readonly confidence: number;
}

/** How often, 0 to 1, a camera fails at a vehicle; the oddities of its format are the format's own. */
export interface EyeFaults {
  readonly plateMissed: number;
  /** One character wrong, and a confidence that admits it. */
  readonly misreadUnsure: number;
}

export const GOOD_EYE: EyeFaults = { plateMissed: 0.02, misreadUnsure: 0.03 };
export const CERTAIN_EYE: EyeFaults = { plateMissed: 0, misreadUnsure: 0 };

/** Characters that recognition engines take for one another. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  "0": "O",
  O: "0",
  "1": "I",
  I: "1",
  "2": "Z",
  Z: "2",
  "5": "S",
  S: "5",
  "8": "B",
  B: "8",
  G: "6",
  "6": "G",
  "7": "T",
  T: "7",
  U: "V",
  V: "U",
};

/** One look at a plate; `painted` is null on a vehicle without one. The first look at a vehicle is the doubtful one. */
export function look(painted: string | null, faults: EyeFaults, random: Random): Sighting {
  const text = painted?.replace(/[^\p{L}\p{N}]/gu, "") ?? null;
  const chance = random.next();
  if (text === null || chance < faults.plateMissed) return { text: null, confidence: 0 };
  if (chance < faults.plateMissed + faults.misreadUnsure) {
    return { text: misread(text, random), confidence: 0.2 + random.next() * 0.25 };
  }
  return { text, confidence: 0.9 + random.next() * 0.099 };
}

function misread(text: string, random: Random): string {
  const places = [...text].flatMap((character, index) => (LOOK_ALIKES[character] ? [index] : []));
  if (places.length === 0) return text.slice(0, -1);
  const at = pick(random, places);
  return text.slice(0, at) + (LOOK_ALIKES[text[at] ?? ""] ?? "") + text.slice(at + 1);
}
