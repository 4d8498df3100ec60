import type { Site } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import { decideEntry } from "@gatehouse/shared/domain/access/decide-entry.ts";
import { decideExit } from "@gatehouse/shared/domain/access/decide-exit.ts";
import { decideFailed } from "@gatehouse/shared/domain/access/decide-failed.ts";
import type { Decision } from "@gatehouse/shared/domain/access/decision.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { isInside } from "@gatehouse/shared/domain/session/session.ts";
import type { EdgeStore } from "../store/store-port.ts";
import type { DecisionRequest } from "./decision-desk.ts";
import { type DeskView, gatherEntry, gatherExit } from "./facts.ts";
import type { DeskWork } from "./session-writer.ts";

/** What the desk asks the agent for at each decision. */
export interface DeskSurroundings {
  readonly store: EdgeStore;
  readonly site: Pick<Site, "lot_id">;
  readonly linkState: () => LinkState;
}

/** A decision with what it rests on; nothing is written yet. */
export interface Ruling {
  readonly decision: Decision;
  /** As they go into events and to the lane: codes, the deciding one first. */
  readonly reasons: readonly string[];
  /** Null while the lot's policy has never been received. */
  readonly policy: LotPolicy | null;
  readonly link: LinkState;
}

/** The reason codes of an override, before those of the rules. */
export const OVERRIDE_REASON = "operator_override";
const LET_GO_REASON = "fail_open";

/**
 * Asks the rules. Without a policy, on an edge that never reached its cloud, the lane's built-in failure rule holds: an
 * entry stays closed and an exit opens (SAFE-18). `unboundSessionId`: see `gatherExit`.
 */
export function ruleOn(
  { store, site, linkState }: DeskSurroundings,
  work: DeskWork,
  ask: { readonly request: DecisionRequest; readonly unboundSessionId: string | null },
): Ruling {
  const { request, unboundSessionId } = ask;
  const { records, tx } = work;
  const link = linkState();
  const clock = tx.stamp.quality;
  const policy = records.replica.policy(site.lot_id);
  const { version } = store.replica.status();
  if (policy === null) {
    const failed = withoutPolicy(work, request, { link, clock, version });
    return overridden({ decision: failed, reasons: codesOf(failed), policy, link }, request);
  }
  const view: DeskView = { records, policy, link, clock, replica: { version, ageMs: store.replica.ageMs() } };
  const at = request.override?.letGoAt ?? tx.stamp.at;
  const decision =
    request.direction === "entry"
      ? decideEntry(gatherEntry(view, request), policy, at)
      : decideExit(gatherExit(view, request, unboundSessionId), policy, at);
  return overridden({ decision, reasons: codesOf(decision), policy, link }, request);
}

function withoutPolicy(
  { tx, records }: DeskWork,
  request: DecisionRequest,
  known: { readonly link: LinkState; readonly clock: ClockQuality; readonly version: number },
): Decision {
  const { direction } = request;
  const { link, clock, version } = known;
  tx.journal({
    laneId: request.laneId,
    kind: "decision.no_policy",
    data: { message: "The lot's policy has not come from the cloud yet: entries stay closed, exits open.", direction },
  });
  const failed = decideFailed({ direction, replicaVersion: version, link, clock }, null);
  const plate = normalisePlate(
    request.read?.raw ?? (request.credential.kind === "plate" ? request.credential.value : ""),
  );
  if (failed.outcome !== "admit" || plate === null) return failed;
  const stay = records.sessions.byPlate(plate).find((session) => session.plate === plate && isInside(session));
  if (stay === undefined) return failed;
  return { ...failed, matchedPlate: plate, session: { kind: "close", sessionId: stay.sessionId } };
}

/** Whatever the rules said, the hand that takes over opens the gate; the rules' reasons stay on record. */
function overridden(ruling: Ruling, { override }: DecisionRequest): Ruling {
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
