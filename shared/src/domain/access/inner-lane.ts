import { matchPlate } from "../plate/match.ts";
import { isInside } from "../session/session.ts";
import type { Session } from "../session/session-types.ts";
import { type AreaAnswer, areaAnswer, areaChain, laneAreas } from "./areas.ts";
import type { SessionChange } from "./decision.ts";
import { type EntryCase, entitlementOf } from "./entitlement.ts";
import type { ExitCase } from "./exit-price.ts";
import { ownSessions } from "./known-stays.ts";
import { withPassback } from "./passback.ts";
import { byPolicy, byRule, type Reasons, type Verdict } from "./verdict.ts";

/**
 * Into an area from the one around it. The stay goes on: none is opened, nothing is charged, and what decides is whether
 * the area takes this vehicle and has room.
 */
export function judgeInnerEntry(entry: EntryCase): Verdict {
  const { policy, facts } = entry;
  const stay = ownStay(entry);
  if (stay === null) return withoutStay(entry);
  const answer = roomFor(entry, stay);
  const found = byRule("session_found", stay.sessionId);
  if (answer?.kind === "refused") return { outcome: "refuse", reasons: [answer.reason, found] };
  const isThere = areaChain(policy.areas, stay.area).includes(laneAreas(policy, facts.lane.laneId).inner ?? "");
  return withPassback(policy, isThere ? [stay] : [], (flags) => ({
    outcome: "admit",
    reasons: [byPolicy("area_passage", policy), found, ...flags, ...(answer?.notes ?? [])],
    session: { kind: "move", sessionId: stay.sessionId, ...way(entry, "entry") },
  }));
}

/** Out of an area into the one around it: always open, since the street is not behind it (SAFE-18). */
export function judgeInnerExit(exit: ExitCase): Verdict {
  const stay = ownStay(exit);
  const note = stay === null ? byPolicy("area_without_stay", exit.policy) : byRule("session_found", stay.sessionId);
  return {
    outcome: "admit",
    reasons: [byPolicy("area_passage", exit.policy), note],
    session: moveBy(exit, "exit", stay),
  };
}

/** What passes an inner lane that stands open, whatever was decided: only the counts of areas change. */
export function recordOpenInnerLane(entry: EntryCase, verdict: Verdict): Verdict {
  const note = byPolicy("lane_held_open", entry.policy);
  const reasons: Reasons = [note, ...verdict.reasons];
  if (verdict.outcome === "admit") return { ...verdict, reasons: [...verdict.reasons, note] };
  return { outcome: "admit", reasons, session: moveBy(entry, "entry", ownStay(entry)) };
}

function moveBy(one: EntryCase | ExitCase, direction: "entry" | "exit", stay: Session | null): SessionChange {
  return { kind: "move", sessionId: stay?.sessionId ?? null, ...way(one, direction) };
}

function way(
  { policy, facts }: Pick<EntryCase, "policy"> & { readonly facts: Pick<EntryCase["facts"], "lane"> },
  direction: "entry" | "exit",
): { readonly from: string | null; readonly to: string | null } {
  const { inner, outer } = laneAreas(policy, facts.lane.laneId);
  return direction === "entry" ? { from: outer, to: inner } : { from: inner, to: outer };
}

/** The stay of the code shown, else the latest of the exact plate. */
function ownStay({ facts, who }: EntryCase | ExitCase): Session | null {
  const inside = ownSessions(facts, who).filter(isInside);
  const byCode = inside.filter((session) => who.code !== null && session.ticket === who.code);
  const [first, ...others] = byCode.length > 0 ? byCode : inside;
  if (first === undefined) return null;
  return others.reduce((best, one) => (one.enteredAt > best.enteredAt ? one : best), first);
}

function roomFor(entry: EntryCase, stay: Session): AreaAnswer | null {
  const { policy, facts } = entry;
  const right = entitlementOf(entry).kind;
  const isTransient = stay.kind === "transient" && right !== "permit" && right !== "reservation";
  return areaAnswer(facts, policy, { ...laneAreas(policy, facts.lane.laneId), isTransient, staleStays: [stay] });
}

function withoutStay({ facts, policy, who }: EntryCase): Verdict {
  if (who.plate === null && who.code === null) {
    const reasons: Reasons = [byPolicy(who.noPlate ?? "no_plate", policy)];
    if (who.noPlate === "read_low_confidence" || who.noPlate === "read_conflict") {
      return { outcome: "ask", ask: "retry_read", reasons };
    }
    return { outcome: "ask", ask: policy.transients === "by_plate" ? "operator" : "ticket", reasons };
  }
  const known = facts.sessions.filter(isInside).flatMap(({ plate }) => (plate === null ? [] : [plate]));
  const alike = who.plate !== null && matchPlate(who.plate, known).kind === "resembles";
  return {
    outcome: "ask",
    ask: "operator",
    reasons: [byPolicy(alike ? "plate_resembles" : "area_without_stay", policy)],
  };
}
