import { type BlocklistEntry, blocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, asc, eq, gt, isNull } from "drizzle-orm";
import { blocklist } from "../../db/schema/rights.ts";
import { findLot } from "../lots/find-lot.ts";
import type { VerbContext } from "../verb-context.ts";

export interface BlocklistPage {
  readonly lotId: Uuid;
  readonly limit: number;
  /** Id of the last entry of the page before; null for the first page. */
  readonly after: string | null;
}

/** Entries in force of a lot's blocklist, in the order of their ids. Throws `forbidden`, `not_found`. */
export async function listBlocklist(context: VerbContext, page: BlocklistPage): Promise<readonly BlocklistEntry[]> {
  await findLot(context, "rights.read", page.lotId);
  const from = page.after === null ? undefined : gt(blocklist.entry_id, page.after);
  const found = await context.db
    .select({ value: blocklist.value })
    .from(blocklist)
    .where(and(eq(blocklist.parking_lot_id, page.lotId), isNull(blocklist.removed_at), from))
    .orderBy(asc(blocklist.entry_id))
    .limit(page.limit);
  return found.map((row) => blocklistEntry.parse(row.value));
}
