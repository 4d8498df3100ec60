import type { Area, LotPolicy } from "../../contracts/replica/lot.ts";
import type { Reason } from "./decision.ts";
import type { LotCounts } from "./facts.ts";
import { byPolicy } from "./verdict.ts";

/** What a lane connects. `outer` null: the street, or a part of the lot without a name. */
export interface LaneAreas {
  readonly inner: string | null;
  readonly outer: string | null;
}

/** The areas on both sides of a lane; none for a lane that the policy doesn't know. */
export function laneAreas({ lanes }: Pick<LotPolicy, "lanes">, laneId: string): LaneAreas {
  const lane = lanes.find((one) => one.lane_id === laneId);
  return { inner: lane?.area ?? null, outer: lane?.outer_area ?? null };
}

/** Whether a lane lies within the lot: who passes it has come in already, and does not leave. */
export function isInnerLane(policy: Pick<LotPolicy, "lanes">, laneId: string): boolean {
  return laneAreas(policy, laneId).outer !== null;
}

/** The area itself and all that it lies in, the innermost first; areas that aren't listed stand alone. */
export function areaChain(areas: readonly Area[], code: string | null): readonly string[] {
  const chain: string[] = [];
  for (let at = code; at !== null && !chain.includes(at); at = areas.find((one) => one.code === at)?.within ?? null) {
    chain.push(at);
  }
  return chain;
}

/** Vehicles in an area and in all areas within it. */
export function insideArea(areas: readonly Area[], counts: Pick<LotCounts, "insideByArea">, code: string): number {
  return Object.entries(counts.insideByArea).reduce(
    (sum, [area, inside]) => (areaChain(areas, area).includes(code) ? sum + inside : sum),
    0,
  );
}

export interface AreaQuestion extends LaneAreas {
  readonly isTransient: boolean;
  /** Stays of the vehicle itself, which are counted where they were seen last. */
  readonly staleStays: readonly { readonly area: string | null }[];
}

export type AreaAnswer =
  | { readonly kind: "room"; readonly notes: readonly Reason[] }
  | { readonly kind: "refused"; readonly reason: Reason };

/** What the areas say that a vehicle would come into by this lane; null where the lane leads into none. */
export function areaAnswer(
  { counts }: { readonly counts: LotCounts },
  policy: LotPolicy,
  question: AreaQuestion,
): AreaAnswer | null {
  const { areas } = policy;
  const left = areaChain(areas, question.outer);
  const entered = areaChain(areas, question.inner).filter((code) => !left.includes(code));
  const listed = areas.filter((area) => entered.includes(area.code));
  if (listed.length === 0) return null;
  if (question.isTransient && listed.some((area) => area.access === "permits")) {
    return { kind: "refused", reason: byPolicy("area_permits_only", policy) };
  }
  const own = (code: string): number =>
    question.staleStays.filter((stay) => areaChain(areas, stay.area).includes(code)).length;
  const isFull = ({ code, capacity }: Area): boolean =>
    capacity !== null && insideArea(areas, counts, code) - own(code) >= capacity;
  if (!listed.some(isFull)) return { kind: "room", notes: [] };
  return whenFull(policy, question, byPolicy("area_full", policy));
}

/** Who is let in where there is no room. */
export function whenFull(
  { when_full }: Pick<LotPolicy, "when_full">,
  { isTransient }: { readonly isTransient: boolean },
  reason: Reason,
): AreaAnswer {
  switch (when_full) {
    case "refuse_everyone":
      return { kind: "refused", reason };
    case "refuse_transients":
      return isTransient ? { kind: "refused", reason } : { kind: "room", notes: [reason] };
    case "admit_and_flag":
      return { kind: "room", notes: [reason] };
  }
}
