import type { EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { Decision } from "@gatehouse/shared/domain/access/decision.ts";
import { MAX_REASONS } from "@gatehouse/shared/domain/access/decision.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { quoteOf } from "./exit-charge.ts";
import type { Ruling } from "./ruling.ts";
import type { Shown } from "./shown.ts";

/** Longest credential value that an event carries; a longer QR text is cut, since its start is enough to find it again. */
const CREDENTIAL_MAX_LENGTH = 64;
/** A PIN opens for whoever reads it, so it stays at the gate. */
const HIDDEN_PIN = "****";

/** The audit event of a decision. */
export function decisionMade(
  { decision, reasons, policy, link }: Ruling,
  shown: Shown,
  ids: { readonly movementId: Uuid; readonly sessionId: Uuid | null },
): EdgeEventBody {
  const { charge, audit, matchedPlate } = decision;
  const quote = quoteOf(charge);
  return {
    type: "decision.made",
    movement_id: ids.movementId,
    lane_id: shown.laneId,
    direction: shown.direction,
    outcome: decision.outcome,
    ask: decision.outcome === "ask" ? decision.ask : null,
    reasons: reasons.slice(0, MAX_REASONS),
    display_key: decision.displayKey,
    credential: credentialOf(decision, shown),
    read: shown.read === null ? null : { ...shown.read, matched: matchedPlate },
    session_id: ids.sessionId,
    tariff: quote === null ? tariffOf(decision) : { id: quote.tariffId, version: quote.tariffVersion },
    fee_minor: quote?.totalMinor ?? null,
    due_minor: charge.kind === "due" ? charge.dueMinor : null,
    currency: quote?.currency ?? policy?.currency ?? null,
    replica_version: audit.replicaVersion,
    replica_age_ms: audit.replicaAgeMs,
    link_state: link,
  };
}

function credentialOf({ credential }: Decision, shown: Shown): { kind: Shown["credential"]["kind"]; value: string } {
  const { kind, value } = credential ?? shown.credential;
  return { kind, value: kind === "pin" ? HIDDEN_PIN : value.slice(0, CREDENTIAL_MAX_LENGTH) };
}

function tariffOf({ session }: Decision): { id: string; version: number } | null {
  if (session.kind !== "open" || session.start.tariff === null) return null;
  const { id, version } = session.start.tariff;
  return { id, version };
}
