import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import { permits } from "../../db/schema/rights.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { notFound } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";

export interface RevokePermit {
  readonly lotId: Uuid;
  readonly permitId: string;
}

/** Takes a permit back; gates know it at once. Throws `forbidden`, `not_found` (no such lot, or no such permit in force). */
export async function revokePermit(context: VerbContext, { lotId, permitId }: RevokePermit): Promise<void> {
  const lot = await findLot(context, "rights.write", lotId);
  await inTransaction(context, async (inside) => {
    const revoked = await inside.db
      .update(permits)
      .set({ revoked_at: inside.now, updated_at: inside.now, version: sql`${permits.version} + 1` })
      .where(and(eq(permits.parking_lot_id, lotId), eq(permits.permit_id, permitId), isNull(permits.revoked_at)))
      .returning({ id: permits.permit_id });
    if (revoked.length === 0) throw notFound("permit");
    await appendAudit(inside, {
      action: "permit.revoked",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "permit", id: permitId },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "delete", collection: "permits", key: permitId }]);
  });
}
