import { toIso, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { sql } from "drizzle-orm";
import { recordReplicaChanges, type SqlExecutor } from "../replica/record-change.ts";

/** As many as HMAC-SHA-256 uses of a key (RFC 2104, 3). */
const SECRET_BYTES = 32;

/**
 * Gives a lot a key for its tickets, if it has none; an edge that takes another's place then reads the tickets that the
 * other has printed. Call it last in a transaction, as `recordReplicaChanges`.
 */
export async function giveTicketKey(
  tx: SqlExecutor,
  lotId: Uuid,
  { random, newId, now }: { readonly random: Random; readonly newId: NewId; readonly now: WallMs },
): Promise<void> {
  const found = await tx.execute(sql`
    SELECT 1 FROM replica_items WHERE lot_id = ${lotId} AND collection = 'ticket_keys' LIMIT 1`);
  if (found.rows.length > 0) return;
  const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
  const value = { key_id: newId(), secret, created_at: toIso(now) };
  await recordReplicaChanges(tx, lotId, [{ op: "put", collection: "ticket_keys", value }]);
}
