import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import { decideEntry } from "@gatehouse/shared/domain/access/decide-entry.ts";
import { decideExit } from "@gatehouse/shared/domain/access/decide-exit.ts";
import { decideFailed } from "@gatehouse/shared/domain/access/decide-failed.ts";
import type { Decision } from "@gatehouse/shared/domain/access/decision.ts";
import type { EntryFacts, ExitFacts } from "@gatehouse/shared/domain/access/facts.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { isInside } from "@gatehouse/shared/domain/session/session.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionRecords } from "../store/records.ts";
import type { EdgeStore } from "../store/store-port.ts";
import { type DeskView, gatherEntry, gatherExit, type SameMovement } from "./facts.ts";
import { plateTextOf, type Shown } from "./shown.ts";

/** What the desk asks the agent for at each decision. */
export interface DeskSurroundings {
  readonly store: EdgeStore;
  readonly site: { readonly lot_id: Uuid };
  readonly linkState: () => LinkState;
}

/** Where and when a decision is made; it only reads. */
export interface Sitting {
  readonly records: DecisionRecords;
  readonly at: WallMs;
  readonly clock: ClockQuality;
}

/** A decision with what it rests on; nothing is written yet. */
export interface Ruling {
  readonly decision: Decision;
  /** As they go into events and to the lane: codes, the deciding one first. */
  readonly reasons: readonly string[];
  /** Null while the lot's policy has never been received; then there are no facts either. */
  readonly policy: LotPolicy | null;
  readonly facts: EntryFacts | ExitFacts | null;
  readonly link: LinkState;
}

/** The reason codes of an override, before those of the rules. */
export const OVERRIDE_REASON = "operator_override";
const LET_GO_REASON = "fail_open";

/**
 * Asks the rules. Without a policy, on an edge that never reached its cloud, the lane's built-in failure rule holds: an
 * entry stays closed and an exit opens (SAFE-18).
 */
export function ruleOn(
  { store, site, linkState }: DeskSurroundings,
  sitting: Sitting,
  { shown, same }: { readonly shown: Shown; readonly same: SameMovement },
): Ruling {
  const link = linkState();
  const { records, clock } = sitting;
  const policy = records.replica.policy(site.lot_id);
  const { version } = store.replica.status();
  if (policy === null) {
    const failed = withoutPolicy(sitting, shown, { link, version });
    return overridden({ decision: failed, reasons: codesOf(failed), policy, facts: null, link }, shown);
  }
  const at = shown.override?.letGoAt ?? sitting.at;
  const replica = { version, ageMs: store.replica.ageMs() };
  const isStoreFull = store.pressure() === "refuse_entries";
  const view: DeskView = { records, policy, link, clock, replica, at, isStoreFull };
  if (shown.direction === "entry") {
    const facts = gatherEntry(view, shown, same);
    const decision = decideEntry(facts, policy, at);
    return overridden({ decision, reasons: codesOf(decision), policy, facts, link }, shown);
  }
  const facts = gatherExit(view, shown, same);
  const decision = decideExit(facts, policy, at);
  return overridden({ decision, reasons: codesOf(decision), policy, facts, link }, shown);
}

function withoutPolicy(
  { records, clock }: Sitting,
  shown: Shown,
  { link, version }: { readonly link: LinkState; readonly version: number },
): Decision {
  const failed = decideFailed({ direction: shown.direction, replicaVersion: version, link, clock }, null);
  const plate = normalisePlate(plateTextOf(shown));
  if (failed.outcome !== "admit" || plate === null) return failed;
  const stay = records.sessions.byPlate(plate).find((session) => session.plate === plate && isInside(session));
  if (stay === undefined) return failed;
  return { ...failed, matchedPlate: plate, session: { kind: "close", sessionId: stay.sessionId } };
}

/** Whatever the rules said, the hand that takes over opens the gate; the rules' reasons stay on record. */
function overridden(ruling: Ruling, { override }: Shown): Ruling {
  if (override === null) return ruling;
  const { decision } = ruling;
  const first = override.letGoAt === undefined ? OVERRIDE_REASON : LET_GO_REASON;
  const reasons = [first, ...ruling.reasons.filter((code) => code !== "lane_held_open")];
  if (decision.outcome === "admit") return { ...ruling, reasons };
  const { reasons: why, displayKey: _, credential, matchedPlate, charge, audit } = decision;
  const shown = "entry.welcome";
  const admitted: Decision = {
    outcome: "admit",
    session: { kind: "none" },
    reasons: why,
    displayKey: shown,
    credential,
    matchedPlate,
    charge,
    audit,
  };
  return { ...ruling, reasons, decision: admitted };
}

function codesOf({ reasons }: Decision): readonly string[] {
  return reasons.map(({ code }) => code);
}
