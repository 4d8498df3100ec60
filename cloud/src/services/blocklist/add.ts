import type { BlocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { isNotNull } from "drizzle-orm";
import { blocklist } from "../../db/schema/rights.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";

export interface AddBlocklistEntry {
  readonly lotId: Uuid;
  /** The plate as people write it. */
  readonly entry: BlocklistEntry;
}

/**
 * Puts a plate on a lot's blocklist; gates know it at once. Throws `forbidden`, `not_found`, `invalid` (no plate),
 * `conflict` (the id is in force).
 */
export async function addBlocklistEntry(
  context: VerbContext,
  { lotId, entry }: AddBlocklistEntry,
): Promise<BlocklistEntry> {
  const lot = await findLot(context, "rights.write", lotId);
  const plate = normalisePlate(entry.plate);
  if (plate === null) throw new ServiceError("invalid", "plate names no plate: give its letters and digits.");
  const value = { ...entry, plate };
  return inTransaction(context, async (inside) => {
    await insertEntry(inside, lotId, value);
    await appendAudit(inside, {
      action: "blocklist.added",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "blocklist_entry", id: value.entry_id },
      details: { action: value.action, until: value.until },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "put", collection: "blocklist", value }]);
    return value;
  });
}

async function insertEntry({ db, now }: VerbTransaction, lotId: Uuid, value: BlocklistEntry): Promise<void> {
  const times = { created_at: now, updated_at: now };
  const made = await db
    .insert(blocklist)
    .values({ parking_lot_id: lotId, entry_id: value.entry_id, value, ...times })
    .onConflictDoUpdate({
      target: [blocklist.parking_lot_id, blocklist.entry_id],
      set: { value, removed_at: null, ...times },
      setWhere: isNotNull(blocklist.removed_at),
    })
    .returning({ id: blocklist.entry_id });
  if (made.length === 0)
    throw new ServiceError("conflict", `The entry ${value.entry_id} is in force already; remove it first.`);
}
