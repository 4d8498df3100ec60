import { confusableKey } from "./normalise.ts";

export type PlateMatch =
  | { readonly kind: "exact"; readonly plate: string }
  /** Look-alikes, each once. None of them may be taken for the one that was read (SAFE-27). */
  | { readonly kind: "resembles"; readonly plates: readonly string[] }
  | { readonly kind: "none" };

/** How a normalised read stands to normalised known plates. An exact match wins over any number of look-alikes. */
export function matchPlate(normalised: string, candidates: readonly string[]): PlateMatch {
  if (candidates.includes(normalised)) return { kind: "exact", plate: normalised };
  const key = confusableKey(normalised);
  const plates = [...new Set(candidates.filter((candidate) => confusableKey(candidate) === key))];
  return plates.length > 0 ? { kind: "resembles", plates } : { kind: "none" };
}
