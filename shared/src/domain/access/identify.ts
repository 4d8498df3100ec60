import type { LotPolicy } from "../../contracts/replica/lot.ts";
import { confusableKey, normalisePlate } from "../plate/normalise.ts";
import type { PlateRead, SharedFacts } from "./facts.ts";
import type { ReasonCode } from "./reasons.ts";

/** A read older than this may belong to the vehicle before (SAFE-27). */
export const READ_FRESH_MS = 10_000;

/** Who stands at the lane, as far as the devices can tell. */
export interface Identity {
  /** The one plate that the usable reads agree on, normalised; null without one. */
  readonly plate: string | null;
  /** Why there is no plate; null when there is one. */
  readonly noPlate: Extract<
    ReasonCode,
    "no_plate" | "read_stale" | "read_heading_away" | "read_low_confidence" | "read_conflict"
  > | null;
  readonly code: string | null;
}

/** Sorts out the reads: only fresh ones of a vehicle that drives towards the lane count, and they have to agree. */
export function identify(
  facts: Pick<SharedFacts, "reads" | "credential">,
  policy: Pick<LotPolicy, "min_confidence">,
): Identity {
  return { ...plateOf(facts.reads, policy.min_confidence), code: facts.credential?.code ?? null };
}

function plateOf(reads: readonly PlateRead[], minConfidence: number): Pick<Identity, "plate" | "noPlate"> {
  const legible = reads.flatMap((read) => {
    const plate = normalisePlate(read.raw);
    return plate === null ? [] : [{ ...read, plate }];
  });
  if (legible.length === 0) return { plate: null, noPlate: "no_plate" };
  const fresh = legible.filter((read) => read.ageMs <= READ_FRESH_MS);
  if (fresh.length === 0) return { plate: null, noPlate: "read_stale" };
  const towards = fresh.filter((read) => read.heading !== "away");
  if (towards.length === 0) return { plate: null, noPlate: "read_heading_away" };
  const sure = towards.filter((read) => read.confidence === null || read.confidence >= minConfidence);
  if (sure.length === 0) return { plate: null, noPlate: "read_low_confidence" };
  const plate = agreedPlate(sure);
  return plate === null ? { plate: null, noPlate: "read_conflict" } : { plate, noPlate: null };
}

/** Look-alikes are one plate read several times: the surest wins, unless two are equally sure. */
function agreedPlate(reads: readonly { readonly plate: string; readonly confidence: number | null }[]): string | null {
  const sureness = new Map<string, number>();
  for (const { plate, confidence } of reads) {
    sureness.set(plate, Math.max(sureness.get(plate) ?? 0, confidence ?? 1));
  }
  const [best, second] = [...sureness].sort(([, left], [, right]) => right - left);
  if (best === undefined) return null;
  if (second === undefined) return best[0];
  const sameVehicle = new Set([...sureness.keys()].map(confusableKey)).size === 1;
  return sameVehicle && best[1] > second[1] ? best[0] : null;
}
