import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, isNull } from "drizzle-orm";
import { validations } from "../../db/schema/reductions.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { notFound } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";

export interface RevokeValidation {
  readonly lotId: Uuid;
  readonly validationId: string;
}

/** Takes a validation back; stays that it is on already keep it. Throws `forbidden`, `not_found`. */
export async function revokeValidation(context: VerbContext, { lotId, validationId }: RevokeValidation): Promise<void> {
  const lot = await findLot(context, "rights.write", lotId);
  await inTransaction(context, async (inside) => {
    const place = and(eq(validations.parking_lot_id, lotId), eq(validations.validation_id, validationId));
    const revoked = await inside.db
      .update(validations)
      .set({ revoked_at: inside.now, updated_at: inside.now })
      .where(and(place, isNull(validations.revoked_at)))
      .returning({ id: validations.validation_id });
    if (revoked.length === 0) throw notFound("validation");
    await appendAudit(inside, {
      action: "validation.revoked",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "validation", id: validationId },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "delete", collection: "validations", key: validationId }]);
  });
}
