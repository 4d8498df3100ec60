import type { Account } from "@gatehouse/shared/contracts/replica/account.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { paymentAccounts } from "../../db/schema/reductions.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";

export interface PutAccount {
  readonly lotId: Uuid;
  /** Plates as people write them. */
  readonly account: Account;
}

/**
 * Sets the agreement by which fees of some plates are collected; gates know it at once. Throws `forbidden`, `not_found`,
 * `invalid` (a plate that is none, a currency that isn't the lot's).
 */
export async function putAccount(context: VerbContext, { lotId, account }: PutAccount): Promise<Account> {
  const lot = await findLot(context, "rights.write", lotId);
  if (account.currency !== lot.currency)
    throw new ServiceError("invalid", `This lot is paid in ${lot.currency}, so its accounts are too.`);
  const value = { ...account, plates: account.plates.map(plateOf) };
  return inTransaction(context, async (inside) => {
    const { account_id } = value;
    const times = { created_at: inside.now, updated_at: inside.now };
    await inside.db
      .insert(paymentAccounts)
      .values({ parking_lot_id: lotId, account_id, value, ...times })
      .onConflictDoUpdate({
        target: [paymentAccounts.parking_lot_id, paymentAccounts.account_id],
        set: { value, ended_at: null, updated_at: inside.now },
      });
    await appendAudit(inside, {
      action: "account.put",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "account", id: account_id },
      details: { plates: value.plates.length, max_amount_minor: value.max_amount_minor },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "put", collection: "accounts", value }]);
    return value;
  });
}

function plateOf(raw: string): string {
  const plate = normalisePlate(raw);
  if (plate === null)
    throw new ServiceError("invalid", "One of the plates names no plate: give its letters and digits.");
  return plate;
}
