import type { ReplicaMessage } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import { and, asc, eq, gt, lte } from "drizzle-orm";
import type { Database, Transaction } from "../../db/database.ts";
import { replicaChanges, replicaHeads, replicaItems } from "../../db/schema/replica.ts";
import {
  deltasTo,
  type HeldReplica,
  type ReplicaQuestion,
  type ReplicaUpdate,
  snapshotParts,
} from "./update-messages.ts";

/** Versions between which a delta leads; an edge further behind gets a snapshot, which is then the shorter way. */
const DELTA_VERSIONS_MAX = 1_000;

/**
 * The messages that bring an edge to the lot's present version: deltas where they lead there, else a whole snapshot in
 * parts; for an edge that is there already, a delta from its version to itself.
 */
export async function readReplicaUpdate(db: Database, question: ReplicaQuestion): Promise<ReplicaUpdate> {
  if (question.want === "deltas") {
    const deltas = await readDeltas(db, question);
    if (deltas) return deltas;
  }
  return db.transaction(
    async (tx) => {
      const head = await readHead(tx, question.lotId);
      return { head, messages: await readSnapshot(tx, question.lotId, head) };
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

async function readHead(tx: Transaction, lotId: Uuid): Promise<HeldReplica> {
  const [head] = await tx
    .select({ version: replicaHeads.version, checksum: replicaHeads.checksum })
    .from(replicaHeads)
    .where(eq(replicaHeads.lot_id, lotId));
  return head ?? { version: 0, checksum: EMPTY_CHECKSUM };
}

/**
 * Head and steps in one statement, which sees one moment by itself: a change of all lots at once asks this for each edge.
 * Null when no deltas lead from what the edge has to the head.
 */
async function readDeltas(db: Database, { lotId, have }: ReplicaQuestion): Promise<ReplicaUpdate | null> {
  const rows = await db
    .select({
      head: { version: replicaHeads.version, checksum: replicaHeads.checksum },
      step: {
        version: replicaChanges.version,
        checksum: replicaChanges.checksum,
        changes: replicaChanges.changes,
      },
    })
    .from(replicaHeads)
    .leftJoin(
      replicaChanges,
      and(eq(replicaChanges.lot_id, replicaHeads.lot_id), gt(replicaChanges.version, have.version)),
    )
    .where(and(eq(replicaHeads.lot_id, lotId), lte(replicaHeads.version, have.version + DELTA_VERSIONS_MAX)))
    .orderBy(asc(replicaChanges.version));
  const head = rows[0]?.head;
  if (!head) return null;
  return deltasTo(
    head,
    have,
    rows.flatMap(({ step }) => step ?? []),
  );
}

async function readSnapshot(tx: Transaction, lotId: Uuid, head: HeldReplica): Promise<readonly ReplicaMessage[]> {
  const items = await tx
    .select({ collection: replicaItems.collection, key: replicaItems.key, value: replicaItems.value })
    .from(replicaItems)
    .where(eq(replicaItems.lot_id, lotId))
    .orderBy(asc(replicaItems.collection), asc(replicaItems.key));
  return snapshotParts(head, items);
}
