import type { CloseReason, LastMovement, Session } from "@gatehouse/shared/domain/session/session-types.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { ExitCharge } from "./plan.ts";
import { applyToSession, type DeskWork } from "./session-writer.ts";

export interface SessionClosing {
  readonly reason: CloseReason;
  readonly charge: ExitCharge;
  readonly exitedAt: WallMs;
  readonly laneId: Uuid | null;
  readonly movementId: Uuid | null;
}

/** Closes a stay with its fee and tells of it; false when it was ended before. */
export function closeSession(work: DeskWork, session: Session, closing: SessionClosing): boolean {
  const { reason, charge, exitedAt, laneId, movementId } = closing;
  const { feeMinor, paidMinor, debtMinor, currency, settledDebts, account } = charge;
  const event = { type: "closed", at: exitedAt, reason, feeMinor, debtMinor } as const;
  if (applyToSession(work, session, { event, currency }) === null) return false;
  work.records.money.settleDebts(settledDebts, work.tx.stamp.at);
  work.tx.emit({
    type: "session.closed",
    session_id: session.sessionId,
    reason,
    lane_id: laneId,
    movement_id: movementId,
    exited_at: exitedAt,
    fee_minor: feeMinor,
    paid_minor: paidMinor,
    debt_minor: account === undefined ? debtMinor : Math.max(0, feeMinor - paidMinor),
    currency,
  });
  return true;
}

/** Has the cloud collect what the account stands for; the edge holds no debt of it. */
export function collectAutomatically(
  { tx, newId }: DeskWork,
  { account, currency }: ExitCharge,
  exit: { readonly sessionId: Uuid; readonly laneId: Uuid; readonly movementId: Uuid },
): void {
  if (account === undefined) return;
  tx.emit({
    type: "payment.automatic",
    payment_id: newId(),
    session_id: exit.sessionId,
    account_id: account.accountId,
    lane_id: exit.laneId,
    movement_id: exit.movementId,
    amount_minor: account.amountMinor,
    currency,
  });
}

/** It never was a stay: the vehicle backed out of the entry, or was decided on anew. */
export function endSession(work: DeskWork, session: Session, reason: "backed_out" | "replaced"): void {
  const event = { type: "voided", at: work.tx.stamp.at, reason } as const;
  if (applyToSession(work, session, { event, currency: null }) === null) return;
  work.tx.emit({ type: "session.voided", session_id: session.sessionId, reason });
}

/** Keeps with the session what its vehicle did last. */
export function noteMovement(work: DeskWork, session: Session, movement: LastMovement): Session {
  return applyToSession(work, session, { event: { type: "moved", movement }, currency: null }) ?? session;
}
