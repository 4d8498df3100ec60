import type { ReplicaChange, ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import { sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { fitsOneMessage } from "./message-size.ts";
import { type NextVersion, nextVersion, type ReplicaEdit, type ReplicaHead, toChange } from "./next-version.ts";

/** A Drizzle database or transaction, of which only plain SQL is used. */
export type SqlExecutor = Pick<NodePgDatabase, "execute">;

/** The channel that tells hubs of a lot's new version; the payload is `{"lot_id"}`. */
export const REPLICA_CHANNEL = "gatehouse_replica";

/**
 * Brings edits of what a lot's gates decide by into the lot's replica, as one version, in the caller's transaction: the
 * change, its audit row and its way to the gates are committed together or not at all. No new version when nothing
 * differs. Holds the lot's replica until the caller's transaction ends, so call it last.
 * Throws `replica_item_invalid` when a value breaks its contract.
 */
export async function recordReplicaChanges(
  tx: SqlExecutor,
  lotId: Uuid,
  edits: readonly ReplicaEdit[],
): Promise<{ readonly version: number }> {
  const wanted = edits.map(toChange);
  const head = await lockHead(tx, lotId);
  const next = nextVersion(head, await touchedItems(tx, lotId, wanted), wanted);
  if (!next) return { version: head.version };
  await writeItems(tx, lotId, next.changes);
  await writeVersion(tx, lotId, next);
  await tx.execute(sql`SELECT pg_notify(${REPLICA_CHANNEL}, ${JSON.stringify({ lot_id: lotId })})`);
  return { version: next.head.version };
}

async function lockHead(tx: SqlExecutor, lotId: Uuid): Promise<ReplicaHead> {
  await tx.execute(sql`
    INSERT INTO replica_heads (lot_id, version, checksum, item_count) VALUES (${lotId}, 0, ${EMPTY_CHECKSUM}, 0)
    ON CONFLICT (lot_id) DO NOTHING`);
  const found = await tx.execute<{ version: string; checksum: string; item_count: number }>(sql`
    SELECT version, checksum, item_count FROM replica_heads WHERE lot_id = ${lotId} FOR UPDATE`);
  const row = found.rows[0];
  if (!row) throw new Error(`The replica of lot ${lotId} has no head.`);
  return { version: Number(row.version), checksum: row.checksum, itemCount: row.item_count };
}

async function touchedItems(
  tx: SqlExecutor,
  lotId: Uuid,
  wanted: readonly ReplicaChange[],
): Promise<readonly ReplicaItem[]> {
  const found = await tx.execute<{ collection: string; key: string; value: string }>(sql`
    SELECT item.collection, item.key, item.value
    FROM replica_items item
    JOIN (SELECT DISTINCT * FROM ${places(wanted)}) AS wanted (collection, key)
      ON item.collection = wanted.collection AND item.key = wanted.key
    WHERE item.lot_id = ${lotId}`);
  return found.rows;
}

async function writeItems(tx: SqlExecutor, lotId: Uuid, changes: readonly ReplicaChange[]): Promise<void> {
  const gone = changes.filter((change) => change.op === "delete");
  const put = changes.filter((change) => change.op === "put");
  if (gone.length > 0)
    await tx.execute(sql`
      DELETE FROM replica_items item USING ${places(gone)} AS gone (collection, key)
      WHERE item.lot_id = ${lotId} AND item.collection = gone.collection AND item.key = gone.key`);
  if (put.length > 0)
    await tx.execute(sql`
      INSERT INTO replica_items (lot_id, collection, key, value)
      SELECT ${lotId}::uuid, put.* FROM unnest(${texts(put, "collection")}, ${texts(put, "key")}, ${texts(put, "value")}) AS put
      ON CONFLICT (lot_id, collection, key) DO UPDATE SET value = excluded.value`);
}

async function writeVersion(tx: SqlExecutor, lotId: Uuid, { head, changes }: NextVersion): Promise<void> {
  const delta = fitsOneMessage(changes) ? JSON.stringify(changes) : null;
  await tx.execute(sql`
    INSERT INTO replica_changes (lot_id, version, checksum, changes)
    VALUES (${lotId}, ${head.version}, ${head.checksum}, ${delta}::json)`);
  await tx.execute(sql`
    UPDATE replica_heads SET version = ${head.version}, checksum = ${head.checksum}, item_count = ${head.itemCount}
    WHERE lot_id = ${lotId}`);
}

function places(changes: readonly { readonly collection: string; readonly key: string }[]) {
  return sql`unnest(${texts(changes, "collection")}, ${texts(changes, "key")})`;
}

/** One field of all rows as a Postgres array; Drizzle would spell a plain array out as a list of parameters. */
function texts<Field extends string>(rows: readonly { readonly [Name in Field]: string }[], field: Field) {
  return sql`${sql.param(rows.map((row) => row[field]))}::text[]`;
}
