import type { Debt, StayPayment } from "@gatehouse/shared/domain/tariff/quote.ts";
import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Money } from "@gatehouse/shared/kit/money.ts";
import type { Database } from "better-sqlite3";

/** Open debts of one plate that are looked at in one decision. */
const DEBTS_MAX = 100;
/** Payments without a stay that are looked at in one decision; they wait for minutes each. */
const WAITING_MAX = 100;

export interface NewPayment {
  readonly paymentId: string;
  readonly sessionId: string;
  readonly laneId: string;
  readonly amount: Money;
  readonly method: "credit_card" | "mobile_payment" | "cash";
  readonly reference: string;
  readonly paidAt: WallMs;
  readonly paidUntil: WallMs;
  /** The movement of a vehicle without a known stay; null where the stay is known. */
  readonly waitsFor: string | null;
}

/** A payment of a vehicle whose stay nobody knew, and which was not seen to leave since. */
export interface WaitingPayment {
  readonly sessionId: string;
  readonly movementId: string;
  readonly amount: Money;
  readonly paidUntil: WallMs;
}

export interface NewDebt {
  readonly debtId: string;
  readonly sessionId: string;
  readonly plate: string | null;
  readonly amount: Money;
  readonly createdAt: WallMs;
}

export interface MoneyRows {
  /** False when the terminal told of this payment before. */
  addPayment(payment: NewPayment): boolean;
  /** Payments whose stay has not been closed, a hundred at most. */
  waiting(): readonly WaitingPayment[];
  /** The stay of these payments is closed now. */
  stopWaiting(sessionId: string): void;
  addDebt(debt: NewDebt): void;
  settleDebts(debtIds: readonly string[], at: WallMs): void;
  settleDebtOfSession(sessionId: string, at: WallMs): void;
  /** What was taken at the lanes for a stay, in the order of its taking. */
  paymentsOf(sessionId: string): readonly StayPayment[];
  /** Unpaid debts of exactly this plate; look-alikes never owe for each other (SAFE-27). */
  debtsOf(plate: string): readonly Debt[];
}

/** What was taken and what is owed, on the writing connection. */
export function prepareMoneyRows(db: Database): MoneyRows {
  const payment = db.prepare<(string | number | null)[]>(
    `INSERT OR IGNORE INTO payments (payment_id, session_id, lane_id, amount_minor, currency, method, reference, paid_at,
       paid_until, waits_for) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const waiting = db.prepare<[], WaitingRecord>(
    `SELECT session_id AS sessionId, waits_for AS movementId, amount_minor AS amountMinor, currency,
       paid_until AS paidUntil FROM payments WHERE waits_for IS NOT NULL LIMIT ${WAITING_MAX}`,
  );
  const stopWaiting = db.prepare<[string]>("UPDATE payments SET waits_for = NULL WHERE session_id = ?");
  const debt = db.prepare<(string | number | null)[]>(
    `INSERT INTO debts (debt_id, session_id, plate, amount_minor, currency, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const settle = db.prepare<[number, string]>(
    "UPDATE debts SET settled_at = ? WHERE debt_id = ? AND settled_at IS NULL",
  );
  const settleSession = db.prepare<[number, string]>(
    "UPDATE debts SET settled_at = ? WHERE session_id = ? AND settled_at IS NULL",
  );
  const open = db.prepare<[string], Debt>(
    `SELECT debt_id AS debtId, amount_minor AS amountMinor FROM debts WHERE plate = ? AND settled_at IS NULL
     LIMIT ${DEBTS_MAX}`,
  );
  const paymentsOf = prepareStayPayments(db);
  return {
    paymentsOf,
    addPayment: (p) =>
      payment.run(
        p.paymentId,
        p.sessionId,
        p.laneId,
        p.amount.amountMinor,
        p.amount.currency,
        p.method,
        p.reference,
        p.paidAt,
        p.paidUntil,
        p.waitsFor,
      ).changes === 1,
    waiting: () =>
      waiting.all().map(({ amountMinor, currency, paidUntil, ...row }) => ({
        ...row,
        amount: { amountMinor, currency },
        paidUntil: wallMs(paidUntil),
      })),
    stopWaiting: (sessionId) => void stopWaiting.run(sessionId),
    addDebt: (d) => void debt.run(d.debtId, d.sessionId, d.plate, d.amount.amountMinor, d.amount.currency, d.createdAt),
    settleDebts: (debtIds, at) => {
      for (const debtId of debtIds) settle.run(at, debtId);
    },
    settleDebtOfSession: (sessionId, at) => void settleSession.run(at, sessionId),
    debtsOf: (plate) => inOrder(open.all(plate), (debt) => debt.debtId),
  };
}

interface WaitingRecord extends Pick<WaitingPayment, "sessionId" | "movementId">, Money {
  readonly paidUntil: number;
}

interface PaymentRecord {
  readonly payment_id: string;
  readonly amount_minor: number;
  readonly paid_at: number;
  readonly paid_until: number;
}

/** The payments of a stay, as its price takes them into account. */
export function prepareStayPayments(db: Database): (sessionId: string) => readonly StayPayment[] {
  const query = db.prepare<[string], PaymentRecord>(
    "SELECT payment_id, amount_minor, paid_at, paid_until FROM payments WHERE session_id = ?",
  );
  return (sessionId) =>
    inOrder(query.all(sessionId), (row) => row.payment_id).map(({ payment_id, amount_minor, paid_at, paid_until }) => ({
      paymentId: payment_id,
      amountMinor: amount_minor,
      paidAt: wallMs(paid_at),
      paidUntil: wallMs(paid_until),
    }));
}

/** Sorts by a time-ordered id; with ORDER BY, SQLite plans the statement anew at each call (session-rows.ts). */
function inOrder<Row>(rows: Row[], idOf: (row: Row) => string): Row[] {
  return rows.sort((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
}
