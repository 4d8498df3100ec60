import { stepSession } from "@gatehouse/shared/domain/session/session.ts";
import type { Session, SessionEffect, SessionEvent } from "@gatehouse/shared/domain/session/session-types.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionRecords } from "../store/records.ts";
import type { StoreTransaction } from "../store/store-port.ts";
import { NO_CURRENCY } from "./exit-charge.ts";

/** One transaction's work at the desk. */
export interface DeskWork {
  readonly tx: StoreTransaction;
  readonly records: DecisionRecords;
  readonly newId: NewId;
  readonly lotId: Uuid;
}

/**
 * Applies one event to a session, writes it, and does what follows from it: counts, debts, money to pay back.
 * An event that the session's state refuses is journalled and changes nothing; null is returned then.
 */
export function applyToSession(
  work: DeskWork,
  session: Session | null,
  { event, currency }: { readonly event: SessionEvent; readonly currency: string | null },
): Session | null {
  const step = stepSession(session, event);
  if (!step.ok) {
    const sessionId = session?.sessionId ?? null;
    work.tx.journal({ laneId: null, kind: "session.refused", data: { sessionId, event: event.type, why: step.error } });
    return null;
  }
  const next = step.value.session;
  work.records.sessions.write(next, currency);
  for (const effect of step.value.effects) carryOut(work, next, { effect, currency });
  return next;
}

/** The session that a plan names. Throws `store_failed` when it is gone, since a plan outlives no session. */
export function sessionOf({ records }: Pick<DeskWork, "records">, sessionId: string): Session {
  const session = records.sessions.find(sessionId);
  if (session !== null) return session;
  throw new GatehouseError("store_failed", `The stay ${sessionId} of this movement is not in the gate's store.`);
}

function carryOut(
  { tx, records, newId }: DeskWork,
  session: Session,
  { effect, currency }: { readonly effect: SessionEffect; readonly currency: string | null },
): void {
  const { sessionId, plate } = session;
  switch (effect.type) {
    case "count_inside":
      records.occupancy.session(effect, effect.delta);
      return;
    case "count_area":
      records.occupancy.moved(effect.from, effect.to);
      return;
    case "record_debt": {
      const amount = { amountMinor: effect.amountMinor, currency: currency ?? NO_CURRENCY };
      records.money.addDebt({ debtId: newId(), sessionId, plate, amount, createdAt: tx.stamp.at });
      return;
    }
    case "settle_debt":
      records.money.settleDebtOfSession(sessionId, tx.stamp.at);
      return;
    case "pay_back":
      tx.emit({
        type: "alarm.raised",
        code: "pay_back_due",
        lane_id: null,
        detail: `Pay back ${effect.amountMinor} minor units of ${currency ?? "the lot's currency"} for stay ${sessionId}.`,
      });
      return;
    default:
      assertNever(effect);
  }
}
