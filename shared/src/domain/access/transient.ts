import { matchPlate } from "../plate/match.ts";
import type { Session } from "../session/session-types.ts";
import type { Reason } from "./decision.ts";
import type { EntryCase } from "./entitlement.ts";
import { admitStay } from "./new-stay.ts";
import { withPassback } from "./passback.ts";
import { byPolicy, byRule, type Reasons, type Verdict } from "./verdict.ts";

export interface TransientTerms {
  /** Why the vehicle has no better right. */
  readonly notes: readonly Reason[];
  /** The permit whose overflow is billed. */
  readonly permitId: string | null;
}

/** A visitor: known by plate, by ticket, by either, or not let in, as the lot's policy says. */
export function decideTransient(entry: EntryCase, inside: readonly Session[], terms: TransientTerms): Verdict {
  const { policy, who } = entry;
  const likeness = looksLike(entry);
  if (likeness.length > 0 && policy.resembling_plate === "ask" && who.code === null) {
    return { outcome: "ask", ask: "operator", reasons: [byPolicy("plate_resembles", policy), ...terms.notes] };
  }
  if (policy.transients === "none" && terms.permitId === null) return noVisitors(entry, [...terms.notes, ...likeness]);
  const notes = [...terms.notes, ...likeness];
  if (who.plate !== null && policy.transients !== "by_ticket") {
    return admitTransient(entry, inside, { ...terms, reasons: [byPolicy("transient_by_plate", policy), ...notes] });
  }
  if (carriesTicket(entry)) {
    return withPassback(policy, inside, (flags) =>
      admitTransient(entry, inside, {
        ...terms,
        reasons: [byPolicy("transient_by_ticket", policy), ...flags, ...notes],
      }),
    );
  }
  return askForCredential(entry, notes);
}

function noVisitors({ policy, who }: EntryCase, notes: readonly Reason[]): Verdict {
  const reason = byPolicy("transients_not_accepted", policy);
  // A permit holder whose plate was not read well gets another try.
  if (who.noPlate !== null && who.code === null) {
    return { outcome: "ask", ask: "retry_read", reasons: [byPolicy(who.noPlate, policy), reason, ...notes] };
  }
  return { outcome: "refuse", reasons: [reason, ...notes] };
}

function admitTransient(
  entry: EntryCase,
  inside: readonly Session[],
  { permitId, reasons }: { readonly permitId: string | null; readonly reasons: Reasons },
): Verdict {
  return admitStay(entry, inside, { kind: "transient", permitId, spotType: null, reasons });
}

/** A code that can stand for a stay: printed just now, or shown by a vehicle without a plate. An old ticket can't. */
function carriesTicket({ facts }: EntryCase): boolean {
  const kind = facts.credential?.kind;
  return kind === "fresh_ticket" || kind === "qr" || kind === "card";
}

function askForCredential({ policy, who }: EntryCase, notes: readonly Reason[]): Verdict {
  const reasons: Reasons = [byPolicy(who.noPlate ?? "transient_by_ticket", policy), ...notes];
  const doubtful = who.noPlate === "read_low_confidence" || who.noPlate === "read_conflict";
  if (doubtful && policy.transients !== "by_ticket") {
    return { outcome: "ask", ask: "retry_read", reasons };
  }
  return { outcome: "ask", ask: policy.transients === "by_plate" ? "qr" : "ticket", reasons };
}

/** Known plates that a camera could have taken this one for. It is never taken for one of them (SAFE-27). */
function looksLike({ facts, policy, who }: EntryCase): Reason[] {
  if (who.plate === null) return [];
  const known = [
    ...facts.permits.flatMap((permit) => permit.plates),
    ...facts.reservations.flatMap((one) => (one.plate === null ? [] : [one.plate])),
  ];
  return matchPlate(who.plate, known).kind === "resembles" ? [byRule("plate_resembles", "lot", policy.version)] : [];
}
