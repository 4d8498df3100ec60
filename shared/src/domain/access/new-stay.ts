import type { SpotType } from "../../contracts/primitives.ts";
import type { Session } from "../session/session-types.ts";
import { tariffInForce } from "../tariff/in-force.ts";
import { laneAreas } from "./areas.ts";
import type { Reason } from "./decision.ts";
import type { EntryCase } from "./entitlement.ts";
import { askLot, type LotAnswer } from "./lot-state.ts";
import { byPolicy, byRule, type Reasons, type Verdict } from "./verdict.ts";

export interface StayRight {
  readonly kind: Session["kind"];
  readonly permitId?: string | null;
  readonly reservationId?: string;
  /** Null: what the vehicle asks for. */
  readonly spotType: SpotType | null;
  readonly reasons: Reasons;
  /** The vehicle passes even if the lot is full or closed. */
  readonly despiteLot?: boolean;
}

/** Opens a session, if the lot has room; `inside` are the vehicle's own open sessions, which it ends. */
export function admitStay(entry: EntryCase, inside: readonly Session[], right: StayRight): Verdict {
  const { facts, policy, now, who } = entry;
  const wanted = right.spotType ?? facts.wantedSpotType;
  const answer = lotAnswer(entry, inside, { ...right, spotType: wanted });
  if (answer.kind === "refused") return { outcome: "refuse", reasons: [answer.reason, ...right.reasons] };
  // Stays by permit alone are never priced.
  const priced = right.kind !== "permit";
  const tariff = priced ? tariffInForce(policy, now) : null;
  const noTariff = priced && tariff === null ? [byPolicy("tariff_missing", policy)] : [];
  return {
    outcome: "admit",
    reasons: [...right.reasons, ...answer.notes, ...noTariff, ...supersedeNotes(inside)],
    session: {
      kind: "open",
      start: {
        kind: right.kind,
        plate: who.plate,
        ticket: who.code,
        permitId: right.permitId ?? null,
        reservationId: right.reservationId ?? null,
        spotType: answer.spotType,
        area: laneAreas(policy, facts.lane.laneId).inner,
        vehicleClass: facts.vehicleClass,
        occupancyPermilleAtEntry: occupancyPermille(facts.counts.inside - inside.length, policy.capacity.total),
        tariff,
        enteredAt: now,
      },
      supersedes: inside.map((session) => session.sessionId),
    },
  };
}

function lotAnswer(
  entry: EntryCase,
  inside: readonly Session[],
  right: StayRight & { readonly spotType: SpotType },
): LotAnswer {
  const answer = askLot(entry, {
    isTransient: right.kind === "transient",
    spotType: right.spotType,
    placeKept: right.kind === "reservation",
    staleStays: inside,
  });
  if (answer.kind === "room" || !right.despiteLot) return answer;
  return { kind: "room", spotType: right.spotType, notes: [answer.reason] };
}

function supersedeNotes(inside: readonly Session[]): Reason[] {
  return inside.slice(0, 1).map((session) => byRule("supersedes_session", session.sessionId));
}

function occupancyPermille(inside: number, total: number): number | null {
  if (total <= 0) return null;
  return Math.min(1000, Math.max(0, Math.floor((inside * 1000) / total)));
}
