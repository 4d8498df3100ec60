import type { ClockQuality, Direction, LinkState } from "../../contracts/primitives.ts";
import type { LotPolicy } from "../../contracts/replica/lot.ts";
import type { Decision, DecisionBody } from "./decision.ts";
import { byRule } from "./verdict.ts";

export interface FailedFacts {
  readonly direction: Direction;
  readonly replicaVersion: number;
  readonly link: LinkState;
  readonly clock: ClockQuality;
}

/**
 * The decision for a lane whose facts can't be had (store gone, policy unreadable, time over). SAFE-18: an exit opens
 * and the stay has no price yet, unless the policy has an operator called; an entry stays closed unless it says open.
 */
export function decideFailed(facts: FailedFacts, policy: Pick<LotPolicy, "version" | "fail_policy"> | null): Decision {
  const { direction, replicaVersion, link, clock } = facts;
  const admits =
    direction === "exit" ? policy?.fail_policy.exit !== "ask_operator" : policy?.fail_policy.entry === "open";
  const body: DecisionBody = {
    reasons: [byRule(admits ? "fail_open" : "fail_closed", "lot", policy?.version ?? null)],
    displayKey: admits ? (direction === "exit" ? "exit.pay_later" : "entry.welcome") : `${direction}.call_operator`,
    credential: null,
    matchedPlate: null,
    charge: admits && direction === "exit" ? { kind: "debt", quote: null, amountMinor: 0 } : { kind: "none" },
    audit: { policyVersion: policy?.version ?? 0, replicaVersion, replicaAgeMs: null, link, clock },
  };
  if (admits) return { ...body, outcome: "admit", session: { kind: "none" } };
  return direction === "exit"
    ? { ...body, outcome: "ask", ask: "operator", session: { kind: "none" } }
    : { ...body, outcome: "refuse", session: { kind: "none" } };
}
