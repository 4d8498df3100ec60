import type { LotPolicy } from "../../contracts/replica/lot.ts";
import { fromIso, type WallMs } from "../../kit/clock.ts";
import { assertNever } from "../../kit/exhaustive.ts";
import { isInside } from "../session/session.ts";
import type { Session } from "../session/session-types.ts";
import { isInnerLane } from "./areas.ts";
import type { Decision, Reason } from "./decision.ts";
import { type EntryCase, entitlementOf } from "./entitlement.ts";
import type { EntryFacts } from "./facts.ts";
import { identify } from "./identify.ts";
import { judgeInnerEntry, recordOpenInnerLane } from "./inner-lane.ts";
import { ownSessions, unseenEntry } from "./known-stays.ts";
import { laneStandsOpen, laneVerdict } from "./lane-rules.ts";
import { admitStay } from "./new-stay.ts";
import { withPassback } from "./passback.ts";
import { decideTransient } from "./transient.ts";
import { canJudgeTime, freshnessOf } from "./trust.ts";
import { byPolicy, byRule, type Reasons, toDecision, type Verdict, withCodeFault } from "./verdict.ts";

/**
 * Whether a vehicle at an entry comes in, by whose right, and what session that opens.
 *
 * Order: lane; blocklist; a stay that was opened for it but whose entry was not seen; a store that is nearly full; permit or
 * reservation with their limits; passback; lot closed or full; visitor. Only an exact plate or a shown code gives a right
 * (SAFE-27). Pure and total: it reads no clock and never throws for facts and policies that their schemas accept.
 */
export function decideEntry(facts: EntryFacts, policy: LotPolicy, now: WallMs): Decision {
  const entry: EntryCase = { facts, policy, now, who: identify(facts, policy) };
  const verdict = laneVerdict(facts.lane, policy, "entry") ?? judgeVehicle(entry);
  const told = withCodeFault(verdict, facts, policy);
  return toDecision(laneStandsOpen(facts.lane) ? recordOpenLane(entry, told) : told, entry);
}

function judgeVehicle(entry: EntryCase): Verdict {
  const listed = judgeBlocklist(entry);
  if (listed.verdict) return listed.verdict;
  if (isInnerLane(entry.policy, entry.facts.lane.laneId)) return addNotes(judgeInnerEntry(entry), listed.notes);
  const own = ownSessions(entry.facts, entry.who);
  const unseen = unseenEntry(own);
  const verdict = unseen
    ? resume(unseen)
    : judgeRights(
        entry,
        own.filter((session) => isInside(session)),
      );
  return addNotes(verdict, [...listed.notes, ...debtNotes(entry)]);
}

function resume({ sessionId }: Session): Verdict {
  return { outcome: "admit", reasons: [byRule("resumed", sessionId)], session: { kind: "resume", sessionId } };
}

/** A listed plate is refused by exact match; while the time is not known, an entry of the list holds. */
function judgeBlocklist({ facts, policy, now, who }: EntryCase): {
  readonly verdict?: Verdict;
  readonly notes: readonly Reason[];
} {
  const holds = (until: string | null): boolean => until === null || !canJudgeTime(facts) || now < fromIso(until);
  const entries = facts.blocklist.filter((one) => one.plate === who.plate && holds(one.until));
  if (entries.length === 0) return { notes: [] };
  const freshness = freshnessOf(facts, policy, "blocklist");
  const stale = freshness === "fresh" ? [] : [byPolicy("replica_stale", policy)];
  if (freshness === "ignore") return { notes: stale };
  const refusing = entries.find((one) => one.action === "refuse");
  if (refusing === undefined) {
    return { notes: [...entries.map((one) => byRule("blocklist_flagged", one.entry_id)), ...stale] };
  }
  const reasons: Reasons = [byRule("blocklisted", refusing.entry_id), ...stale];
  if (freshness === "ask_operator") return { verdict: { outcome: "ask", ask: "operator", reasons }, notes: [] };
  return { verdict: { outcome: "refuse", reasons }, notes: [] };
}

function judgeRights(entry: EntryCase, inside: readonly Session[]): Verdict {
  // SYNC-14: what is left of the store's share is for those who are inside.
  if (entry.facts.isStoreFull) return { outcome: "refuse", reasons: [byPolicy("store_full", entry.policy)] };
  const right = entitlementOf(entry);
  switch (right.kind) {
    case "ask_operator":
      return { outcome: "ask", ask: "operator", reasons: [right.reason] };
    case "denied":
      return { outcome: "refuse", reasons: [right.reason, ...right.notes] };
    case "permit":
      return withPassback(entry.policy, inside, (notes) =>
        admitStay(entry, inside, {
          kind: "permit",
          permitId: right.permit.permit_id,
          spotType: right.permit.spot_type,
          reasons: [byRule("permit_valid", right.permit.permit_id), ...right.notes, ...notes],
        }),
      );
    case "reservation":
      return withPassback(entry.policy, inside, (notes) =>
        admitStay(entry, inside, {
          kind: "reservation",
          reservationId: right.reservation.reservation_id,
          spotType: right.reservation.spot_type,
          reasons: [byRule("reservation_valid", right.reservation.reservation_id), ...right.notes, ...notes],
        }),
      );
    case "billed":
      return decideTransient(entry, inside, { notes: right.notes, permitId: right.permit.permit_id });
    case "none":
      return decideTransient(entry, inside, { notes: right.notes, permitId: null });
    default:
      return assertNever(right);
  }
}

/** A vehicle can pass a lane that stands open whatever is decided, so it is recorded; a listed one stays refused. */
function recordOpenLane(entry: EntryCase, verdict: Verdict): Verdict {
  const { policy, facts, who } = entry;
  const note = byPolicy("lane_held_open", policy);
  const first = verdict.reasons[0].code;
  if (first === "blocklisted" || first === "no_vehicle" || first === "lane_wrong_direction") return verdict;
  if (isInnerLane(policy, facts.lane.laneId)) return recordOpenInnerLane(entry, verdict);
  if (verdict.outcome === "admit") return addNotes(verdict, [note]);
  const inside = ownSessions(facts, who).filter((session) => isInside(session));
  return admitStay(entry, inside, {
    kind: "transient",
    spotType: null,
    reasons: [note, ...verdict.reasons],
    despiteLot: true,
  });
}

function debtNotes({ facts }: EntryCase): Reason[] {
  return facts.debts.slice(0, 1).map((debt) => byRule("debt_of_earlier_visit", debt.debtId));
}

function addNotes(verdict: Verdict, notes: readonly Reason[]): Verdict {
  const [first, ...rest] = verdict.reasons;
  return { ...verdict, reasons: [first, ...rest, ...notes] };
}
