import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, isNull } from "drizzle-orm";
import { paymentAccounts } from "../../db/schema/reductions.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { notFound } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";

export interface EndAccount {
  readonly lotId: Uuid;
  readonly accountId: Uuid;
}

/** Ends an agreement: its plates pay at the exit from now on. Throws `forbidden`, `not_found`. */
export async function endAccount(context: VerbContext, { lotId, accountId }: EndAccount): Promise<void> {
  const lot = await findLot(context, "rights.write", lotId);
  await inTransaction(context, async (inside) => {
    const place = and(eq(paymentAccounts.parking_lot_id, lotId), eq(paymentAccounts.account_id, accountId));
    const ended = await inside.db
      .update(paymentAccounts)
      .set({ ended_at: inside.now, updated_at: inside.now })
      .where(and(place, isNull(paymentAccounts.ended_at)))
      .returning({ id: paymentAccounts.account_id });
    if (ended.length === 0) throw notFound("account");
    await appendAudit(inside, {
      action: "account.ended",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "account", id: accountId },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "delete", collection: "accounts", key: accountId }]);
  });
}
