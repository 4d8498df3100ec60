import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, isNull } from "drizzle-orm";
import { blocklist } from "../../db/schema/rights.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { notFound } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";

export interface RemoveBlocklistEntry {
  readonly lotId: Uuid;
  readonly entryId: string;
}

/** Takes an entry off a lot's blocklist; gates know it at once. Throws `forbidden`, `not_found`. */
export async function removeBlocklistEntry(
  context: VerbContext,
  { lotId, entryId }: RemoveBlocklistEntry,
): Promise<void> {
  const lot = await findLot(context, "rights.write", lotId);
  await inTransaction(context, async (inside) => {
    const removed = await inside.db
      .update(blocklist)
      .set({ removed_at: inside.now, updated_at: inside.now })
      .where(and(eq(blocklist.parking_lot_id, lotId), eq(blocklist.entry_id, entryId), isNull(blocklist.removed_at)))
      .returning({ id: blocklist.entry_id });
    if (removed.length === 0) throw notFound("blocklist entry");
    await appendAudit(inside, {
      action: "blocklist.removed",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "blocklist_entry", id: entryId },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "delete", collection: "blocklist", key: entryId }]);
  });
}
