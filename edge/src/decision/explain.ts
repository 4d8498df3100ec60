import { reasonTexts } from "@gatehouse/shared/domain/access/reasons.ts";
import type { ExplainQuery, Explanation } from "./decision-desk.ts";
import { FIRST_DECISION } from "./facts.ts";
import { type DeskSurroundings, ruleOn } from "./ruling.ts";
import { codeOfText, type Shown } from "./shown.ts";
import { judgeShownValidation } from "./take-validation.ts";

/**
 * What the desk would decide, and why. Only reads, outside any transaction: the lot's policy and rights as they are in
 * the replica, stays and counts as they are now, judged as of `query.at`.
 */
export function explainDecision(surroundings: DeskSurroundings, query: ExplainQuery): Explanation {
  const { store } = surroundings;
  const stamp = store.stamp();
  const at = query.at ?? stamp.at;
  const sitting = { records: store.records, at, clock: stamp.quality };
  const asked = { shown: shownIn(query), same: FIRST_DECISION };
  const { question } = judgeShownValidation(surroundings, sitting, asked, null);
  const { decision, policy, facts, link } = ruleOn(surroundings, sitting, question);
  return {
    at,
    decision,
    reasons: decision.reasons.map(({ code, rule, version }) => ({ code, text: reasonTexts[code], rule, version })),
    facts,
    policyVersion: policy?.version ?? null,
    replica: { version: store.replica.status().version, ageMs: store.replica.ageMs() },
    link,
    clock: stamp.quality,
  };
}

function shownIn({ laneId, direction, plate, code, lostTicket = false }: ExplainQuery): Shown {
  const shownCode = code === null ? null : codeOfText(code);
  return {
    laneId,
    direction,
    credential: shownCode ?? { kind: "plate", value: plate ?? "" },
    read: null,
    plate,
    code: shownCode,
    lostTicket,
    override: null,
  };
}
