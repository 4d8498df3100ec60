import { type Tariff, tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import { noContext, price } from "@gatehouse/shared/domain/tariff/price.ts";
import type { StayPayment } from "@gatehouse/shared/domain/tariff/quote.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { and, eq } from "drizzle-orm";
import type { DatabaseOrTransaction } from "../../db/database.ts";
import { payments } from "../../db/schema/payments.ts";
import { tariffs } from "../../db/schema/rights.ts";
import type { SessionRow } from "./session.ts";

/** What a stay costs in all, and what of it is still owed. */
export interface SessionFee {
  readonly feeMinor: number;
  readonly owedMinor: number;
}

const FREE: SessionFee = { feeMinor: 0, owedMinor: 0 };

/**
 * The fee of a session that ends at `exitTime`, by the tariff version that was in force at its entry. Permits pay for the
 * period, not for the stay; a lot without a tariff charges nothing.
 */
export async function sessionFee(db: DatabaseOrTransaction, session: SessionRow, exitTime: Date): Promise<SessionFee> {
  const inForce = session.kind === "permit" ? null : await tariffOf(db, session);
  if (!inForce) return FREE;
  const stay = {
    kind: "measured",
    enteredAt: wallMs(session.entry_time.getTime()),
    exitAt: wallMs(exitTime.getTime()),
  } as const;
  const paid = await paymentsOf(db, session);
  const quote = price(stay, inForce, { ...noContext, spotType: session.spot_type, payments: paid });
  return { feeMinor: quote.totalMinor, owedMinor: quote.dueMinor };
}

async function paymentsOf(db: DatabaseOrTransaction, session: SessionRow): Promise<StayPayment[]> {
  const found = await db
    .select()
    .from(payments)
    .where(
      and(
        eq(payments.parking_lot_id, session.parking_lot_id),
        eq(payments.parking_session_id, session.id),
        eq(payments.status, "completed"),
      ),
    );
  return found.map((row) => ({
    paymentId: row.id,
    amountMinor: row.amount_minor,
    paidAt: wallMs(row.paid_at.getTime()),
    paidUntil: wallMs((row.paid_until ?? row.paid_at).getTime()),
  }));
}

async function tariffOf(db: DatabaseOrTransaction, session: SessionRow): Promise<Tariff | null> {
  if (session.tariff_id === null || session.tariff_version === null) return null;
  const [found] = await db
    .select({ value: tariffs.value })
    .from(tariffs)
    .where(
      and(
        eq(tariffs.parking_lot_id, session.parking_lot_id),
        eq(tariffs.tariff_id, session.tariff_id),
        eq(tariffs.version, session.tariff_version),
      ),
    );
  return found ? tariff.parse(found.value) : null;
}
