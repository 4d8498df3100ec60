import type { SpotType } from "../../contracts/primitives.ts";
import type { LotPolicy } from "../../contracts/replica/lot.ts";
import { isInWeeklyWindow } from "../wall-clock/weekly.ts";
import { areaAnswer, laneAreas, whenFull } from "./areas.ts";
import type { Reason } from "./decision.ts";
import type { EntryCase } from "./entitlement.ts";
import { canJudgeTime } from "./trust.ts";
import { byPolicy } from "./verdict.ts";

/** What the lot says to one vehicle: where it may stand, or why it stays outside. */
export type LotAnswer =
  | { readonly kind: "room"; readonly spotType: SpotType; readonly notes: readonly Reason[] }
  | { readonly kind: "refused"; readonly reason: Reason };

export interface LotQuestion {
  readonly isTransient: boolean;
  readonly spotType: SpotType;
  /** A place of this type is kept for the vehicle. */
  readonly placeKept: boolean;
  /** The vehicle's own stale stays, which still count as inside. */
  readonly staleStays: readonly { readonly spotType: SpotType; readonly area: string | null }[];
}

/** Opening hours and capacity. A clock that can't be trusted closes no lot. */
export function askLot({ facts, policy, now }: EntryCase, question: LotQuestion): LotAnswer {
  const open =
    policy.opening_hours.length === 0 ||
    !canJudgeTime(facts) ||
    isInWeeklyWindow(policy.opening_hours, policy.time_zone, now);
  if (!open && (question.isTransient || policy.when_closed === "refuse_everyone")) {
    return { kind: "refused", reason: byPolicy("lot_closed", policy) };
  }
  const areas = areaAnswer(facts, policy, { ...laneAreas(policy, facts.lane.laneId), ...question });
  if (areas?.kind === "refused") return areas;
  const spotType = freeSpotType(facts.counts.insideBySpotType, policy, question);
  const full = facts.counts.inside - question.staleStays.length >= policy.capacity.total;
  if (!full && spotType !== null) {
    const notes = spotType === question.spotType ? [] : [byPolicy("spot_type_full", policy)];
    return { kind: "room", spotType, notes: [...notes, ...(areas?.notes ?? [])] };
  }
  const answer = whenFull(policy, question, byPolicy(full ? "lot_full" : "spot_type_full", policy));
  if (answer.kind === "refused") return answer;
  return { kind: "room", spotType: question.spotType, notes: [...answer.notes, ...(areas?.notes ?? [])] };
}

/** The wanted type, or a standard spot in its place; null when neither has room. A type without a count has no limit of its own. */
function freeSpotType(
  inside: Partial<Readonly<Record<SpotType, number>>>,
  { capacity }: LotPolicy,
  { spotType, placeKept, staleStays }: LotQuestion,
): SpotType | null {
  const hasRoom = (type: SpotType): boolean => {
    const places = capacity.by_spot_type[type];
    const own = staleStays.filter((stay) => stay.spotType === type).length;
    return places === undefined || (inside[type] ?? 0) - own < places;
  };
  if (placeKept || hasRoom(spotType)) return spotType;
  return hasRoom("standard") ? "standard" : null;
}
