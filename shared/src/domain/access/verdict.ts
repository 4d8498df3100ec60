import type { LotPolicy } from "../../contracts/replica/lot.ts";
import { assertNever } from "../../kit/exhaustive.ts";
import {
  type AskKind,
  type ChargeChange,
  type Decision,
  type DecisionAudit,
  type DecisionBody,
  MAX_REASONS,
  type Reason,
  type SessionChange,
} from "./decision.ts";
import type { DisplayKey } from "./display.ts";
import type { SharedFacts, ShownCredential } from "./facts.ts";
import type { Identity } from "./identify.ts";
import type { ReasonCode } from "./reasons.ts";

/** A decision before it is dressed with identity and audit facts. The first reason decided; notes follow. */
export type Verdict =
  | {
      readonly outcome: "admit";
      readonly reasons: Reasons;
      readonly session: SessionChange;
      readonly charge?: ChargeChange;
    }
  | { readonly outcome: "ask"; readonly ask: AskKind; readonly reasons: Reasons; readonly charge?: ChargeChange }
  | { readonly outcome: "refuse"; readonly reasons: Reasons };

export type Reasons = readonly [Reason, ...Reason[]];

/** A reason that speaks for the lot's policy. */
export function byPolicy(code: ReasonCode, policy: Pick<LotPolicy, "version">): Reason {
  return { code, rule: "lot", version: policy.version };
}

/** A reason that speaks for one permit, reservation, session, tariff or blocklist entry. */
export function byRule(code: ReasonCode, rule: string, version: number | null = null): Reason {
  return { code, rule, version };
}

/** Puts what is wrong with a shown code before an appeal for another proof, and behind any other reason. */
export function withCodeFault(
  verdict: Verdict,
  { codeFault }: Pick<SharedFacts, "codeFault">,
  policy: Pick<LotPolicy, "version">,
): Verdict {
  if (codeFault === null) return verdict;
  const fault = byPolicy(codeFault, policy);
  const [first, ...rest] = verdict.reasons;
  const leads = verdict.outcome === "ask" && verdict.ask !== "pay";
  return { ...verdict, reasons: leads ? [fault, first, ...rest] : [first, fault, ...rest] };
}

/** The decision that a verdict stands for. */
export function toDecision(
  verdict: Verdict,
  { facts, policy, who }: { readonly facts: SharedFacts; readonly policy: LotPolicy; readonly who: Identity },
): Decision {
  const body: DecisionBody = {
    reasons: uniqueReasons(verdict.reasons),
    displayKey: displayKeyOf(verdict, facts.lane.direction),
    credential: credentialOf(who, facts.credential),
    matchedPlate: matchedPlateOf(who, facts),
    charge: verdict.outcome === "refuse" ? { kind: "none" } : (verdict.charge ?? { kind: "none" }),
    audit: auditOf(facts, policy),
  };
  switch (verdict.outcome) {
    case "admit":
      return { ...body, outcome: "admit", session: verdict.session };
    case "ask":
      return { ...body, outcome: "ask", ask: verdict.ask, session: { kind: "none" } };
    case "refuse":
      return { ...body, outcome: "refuse", session: { kind: "none" } };
    default:
      return assertNever(verdict);
  }
}

function auditOf({ replica, link, clock }: SharedFacts, policy: LotPolicy): DecisionAudit {
  return { policyVersion: policy.version, replicaVersion: replica.version, replicaAgeMs: replica.ageMs, link, clock };
}

function uniqueReasons([first, ...rest]: Reasons): Reasons {
  const seen = new Set([first.code]);
  const others = rest.filter((reason) => !seen.has(reason.code) && seen.add(reason.code));
  return [first, ...others.slice(0, MAX_REASONS - 1)];
}

function credentialOf(who: Identity, shown: ShownCredential | null): DecisionBody["credential"] {
  if (shown !== null) return { kind: shown.kind === "fresh_ticket" ? "ticket" : shown.kind, value: shown.code };
  return who.plate === null ? null : { kind: "plate", value: who.plate };
}

function matchedPlateOf({ plate }: Identity, facts: SharedFacts): string | null {
  if (plate === null) return null;
  const known =
    facts.permits.some((permit) => permit.plates.includes(plate)) ||
    facts.reservations.some((reservation) => reservation.plate === plate) ||
    facts.sessions.some((session) => session.plate === plate);
  return known ? plate : null;
}

function displayKeyOf(verdict: Verdict, direction: "entry" | "exit"): DisplayKey {
  switch (verdict.outcome) {
    case "admit":
      if (direction === "entry") return "entry.welcome";
      if (verdict.session.kind === "move") return "lane.passage";
      return verdict.charge?.kind === "debt" ? "exit.pay_later" : "exit.goodbye";
    case "ask":
      return askKey(verdict.ask, direction);
    case "refuse":
      return refusalKey(verdict.reasons[0].code, direction);
    default:
      return assertNever(verdict);
  }
}

function askKey(ask: AskKind, direction: "entry" | "exit"): DisplayKey {
  switch (ask) {
    case "ticket":
      return direction === "entry" ? "entry.take_ticket" : "exit.show_ticket";
    case "qr":
      return direction === "entry" ? "entry.show_code" : "exit.show_ticket";
    case "pay":
      return "exit.pay";
    case "operator":
      return `${direction}.call_operator`;
    case "retry_read":
      return `${direction}.read_again`;
    default:
      return assertNever(ask);
  }
}

const REFUSAL_KEYS: Partial<Record<ReasonCode, DisplayKey>> = {
  lot_full: "entry.full",
  area_full: "entry.full",
  area_permits_only: "entry.no_visitors",
  spot_type_full: "entry.full",
  lot_closed: "entry.closed",
  store_full: "entry.closed",
  permit_full: "entry.permit_full",
  pool_full: "entry.permit_full",
  transients_not_accepted: "entry.no_visitors",
  lane_locked: "lane.closed",
  lane_out_of_service: "lane.closed",
};

function refusalKey(code: ReasonCode, direction: "entry" | "exit"): DisplayKey {
  return REFUSAL_KEYS[code] ?? `${direction}.refused`;
}
