import type { LotPolicy } from "../../contracts/replica/lot.ts";
import type { Session } from "../session/session-types.ts";
import type { Reason } from "./decision.ts";
import { byRule, type Verdict } from "./verdict.ts";

/** A credential that is inside already and comes in again: somebody else uses it, or an exit was missed. */
export function withPassback(
  { passback }: Pick<LotPolicy, "passback">,
  inside: readonly Session[],
  admit: (notes: readonly Reason[]) => Verdict,
): Verdict {
  const earlier = inside[0];
  if (earlier === undefined || passback === "none") return admit([]);
  if (passback === "soft") return admit([byRule("passback_flagged", earlier.sessionId)]);
  return { outcome: "refuse", reasons: [byRule("passback_refused", earlier.sessionId)] };
}
