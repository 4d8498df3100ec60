import type { LotPolicy } from "../../contracts/replica/lot.ts";
import type { WallMs } from "../../kit/clock.ts";
import { assertNever } from "../../kit/exhaustive.ts";
import { matchPlate } from "../plate/match.ts";
import { confusableKey } from "../plate/normalise.ts";
import { isInside } from "../session/session.ts";
import type { Session } from "../session/session-types.ts";
import { tariffInForce } from "../tariff/in-force.ts";
import { isInnerLane } from "./areas.ts";
import type { Decision, Reason, SessionChange } from "./decision.ts";
import { permitsOf } from "./entitlement.ts";
import { type ExitCase, priceLostTicket, priceSession, priceTicket } from "./exit-price.ts";
import type { ExitFacts } from "./facts.ts";
import { identify } from "./identify.ts";
import { judgeInnerExit } from "./inner-lane.ts";
import { ownSessions, unseenExit } from "./known-stays.ts";
import { laneStandsOpen, laneVerdict } from "./lane-rules.ts";
import { settle } from "./settle.ts";
import { byPolicy, byRule, toDecision, type Verdict, withCodeFault } from "./verdict.ts";

/**
 * Whether a vehicle at an exit goes out, what it pays or owes, and which session that ends.
 *
 * It refuses only where no vehicle can be meant (no vehicle on the loop, lane in the other direction); else it lets out,
 * has the driver pay, or calls for help, and what can't be judged is decided in the driver's favour where the policy
 * says so. Only a stay found by exact plate or by code is charged (SAFE-27). Pure and total.
 */
export function decideExit(facts: ExitFacts, policy: LotPolicy, now: WallMs): Decision {
  const exit: ExitCase = { facts, policy, now, who: identify(facts, policy) };
  const verdict = laneVerdict(facts.lane, policy, "exit") ?? judgeVehicle(exit);
  const told = withCodeFault(verdict, facts, policy);
  return toDecision(laneStandsOpen(facts.lane) ? recordOpenLane(exit, told) : told, exit);
}

function judgeVehicle(exit: ExitCase): Verdict {
  const { facts, who } = exit;
  if (isInnerLane(exit.policy, facts.lane.laneId)) return judgeInnerExit(exit);
  const own = ownSessions(facts, who);
  const inside = own.filter((session) => isInside(session));
  const stay = chooseStay(exit, inside);
  if (stay === "ambiguous")
    return { outcome: "ask", ask: "operator", reasons: [byPolicy("several_sessions", exit.policy)] };
  if (stay !== null) return leaveStay(exit, stay, inside.length > 1);
  const unseen = unseenExit(own, exit.now);
  if (unseen) {
    const { sessionId } = unseen;
    return { outcome: "admit", reasons: [byRule("resumed", sessionId)], session: { kind: "resume", sessionId } };
  }
  return leaveWithoutStay(exit);
}

/**
 * The stay of the code shown, else the latest one of the plate. A ticket of quite another plate was swapped, and so may be
 * one without a plate that is shown by a vehicle with a stay of its own.
 */
function chooseStay({ who }: ExitCase, inside: readonly Session[]): Session | "ambiguous" | null {
  const byCode = who.code === null ? [] : inside.filter((session) => session.ticket === who.code);
  if (byCode.length > 1) return "ambiguous";
  const [ticketed] = byCode;
  if (ticketed === undefined) return latest(inside);
  return isOfAnother(ticketed, inside, who.plate) ? "ambiguous" : ticketed;
}

function isOfAnother(ticketed: Session, inside: readonly Session[], plate: string | null): boolean {
  if (plate === null) return false;
  if (ticketed.plate === null) return inside.some((session) => session.plate === plate);
  return confusableKey(ticketed.plate) !== confusableKey(plate);
}

function latest(sessions: readonly Session[]): Session | null {
  return sessions.reduce<Session | null>(
    (best, session) => (best === null || session.enteredAt > best.enteredAt ? session : best),
    null,
  );
}

function leaveStay(exit: ExitCase, stay: Session, oneOfSeveral: boolean): Verdict {
  const { facts, policy, who } = exit;
  const session: SessionChange = { kind: "close", sessionId: stay.sessionId };
  const found = byRule("session_found", stay.sessionId);
  const notes = [
    found,
    ...(oneOfSeveral ? [byPolicy("several_sessions", policy)] : []),
    ...(facts.lostTicket ? [byPolicy("lost_ticket", policy)] : []),
  ];
  switch (stay.kind) {
    case "permit":
      return {
        outcome: "admit",
        reasons: [byRule("permit_valid", stay.permitId ?? stay.sessionId), ...notes],
        session,
      };
    case "transient":
    case "reservation":
      return settle(exit, {
        price: priceSession(exit, stay),
        session,
        notes,
        byExactPlate: who.plate !== null && stay.plate === who.plate,
      });
    default:
      return assertNever(stay.kind);
  }
}

function leaveWithoutStay(exit: ExitCase): Verdict {
  const { facts, policy, who } = exit;
  const [permit] = permitsOf(facts, who);
  if (permit) {
    const reasons = [byRule("permit_valid", permit.permit_id), byPolicy("exit_without_session", policy)] as const;
    return { outcome: "admit", reasons, session: withoutEntry(exit) };
  }
  if (facts.ticketIssuedAt !== null) return leaveByTicketAlone(exit, facts.ticketIssuedAt);
  if (facts.lostTicket) return leaveForLostTicket(exit);
  if (who.plate === null && who.code === null) return askForProof(exit);
  const alike = who.plate === null ? "none" : matchPlate(who.plate, knownPlates(facts)).kind;
  if (alike === "resembles" && who.code === null) {
    return { outcome: "ask", ask: "operator", reasons: [byPolicy("plate_resembles", policy)] };
  }
  return strangerLeaves(exit);
}

function strangerLeaves(exit: ExitCase): Verdict {
  const reason = byPolicy("exit_without_session", exit.policy);
  switch (exit.policy.exit_without_session) {
    case "open":
      return { outcome: "admit", reasons: [reason], session: withoutEntry(exit) };
    case "ask_operator":
      return { outcome: "ask", ask: "operator", reasons: [reason] };
    case "lost_ticket":
      return leaveForLostTicket(exit, [reason]);
  }
}

/** Another edge, or one whose disk is gone, knew the stay; the ticket's signature says that there was one, and since when. */
function leaveByTicketAlone(exit: ExitCase, issuedAt: WallMs): Verdict {
  return settle(exit, {
    price: priceTicket(exit, issuedAt),
    session: withoutEntry(exit),
    notes: [byPolicy("ticket_without_stay", exit.policy)],
    byExactPlate: false,
  });
}

function leaveForLostTicket(exit: ExitCase, notes: readonly Reason[] = []): Verdict {
  return settle(exit, {
    price: priceLostTicket(exit),
    session: withoutEntry(exit),
    notes: [byPolicy("lost_ticket", exit.policy), ...notes],
    byExactPlate: false,
  });
}

function askForProof({ policy, who }: ExitCase): Verdict {
  const reasons = [byPolicy(who.noPlate ?? "no_plate", policy)] as const;
  if (who.noPlate === "read_low_confidence" || who.noPlate === "read_conflict") {
    return { outcome: "ask", ask: "retry_read", reasons };
  }
  const hasTickets = policy.transients === "by_ticket" || policy.transients === "both";
  return { outcome: "ask", ask: hasTickets ? "ticket" : "operator", reasons };
}

function withoutEntry({ facts, policy, now, who }: ExitCase): SessionChange {
  const ticket = facts.credential?.code ?? null;
  return { kind: "close_without_entry", plate: who.plate, ticket, tariff: tariffInForce(policy, now) };
}

function knownPlates(facts: ExitFacts): string[] {
  const ofSessions = facts.sessions
    .filter(isInside)
    .flatMap((session) => (session.plate === null ? [] : [session.plate]));
  return [...ofSessions, ...facts.permits.flatMap((permit) => permit.plates)];
}

/** A vehicle can leave through a lane that stands open without paying: what is due becomes a debt. */
function recordOpenLane(exit: ExitCase, verdict: Verdict): Verdict {
  const note = byPolicy("lane_held_open", exit.policy);
  switch (verdict.outcome) {
    case "refuse":
      return verdict;
    case "admit":
      return { ...verdict, reasons: [...verdict.reasons, note] };
    case "ask": {
      const reasons = [note, ...verdict.reasons] as const;
      const stay = chooseStay(exit, ownSessions(exit.facts, exit.who).filter(isInside));
      if (stay === null || stay === "ambiguous") return { outcome: "admit", reasons, session: withoutEntry(exit) };
      const price = priceSession(exit, stay);
      const quote = price.kind === "priced" ? price.forStay : null;
      const session: SessionChange = { kind: "close", sessionId: stay.sessionId };
      return { outcome: "admit", reasons, session, charge: { kind: "debt", quote, amountMinor: quote?.dueMinor ?? 0 } };
    }
    default:
      return assertNever(verdict);
  }
}
