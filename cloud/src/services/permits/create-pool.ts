import type { Pool } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { pools } from "../../db/schema/rights.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";

/** Makes a limit that several permits share. Throws `forbidden`, `not_found`, `conflict` (the id is taken). */
export async function createPool(
  context: VerbContext,
  { lotId, pool }: { readonly lotId: Uuid; readonly pool: Pool },
): Promise<void> {
  const lot = await findLot(context, "rights.write", lotId);
  await inTransaction(context, async (inside) => {
    const times = { created_at: inside.now, updated_at: inside.now };
    const made = await inside.db
      .insert(pools)
      .values({ parking_lot_id: lotId, pool_id: pool.pool_id, value: pool, ...times })
      .onConflictDoNothing()
      .returning({ id: pools.pool_id });
    if (made.length === 0) throw new ServiceError("conflict", `The lot has a pool ${pool.pool_id} already.`);
    await appendAudit(inside, {
      action: "pool.created",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "pool", id: pool.pool_id },
      details: { max_concurrent: pool.max_concurrent },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "put", collection: "pools", value: pool }]);
  });
}
