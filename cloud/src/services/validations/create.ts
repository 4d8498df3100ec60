import type { ReplicaValidation } from "@gatehouse/shared/contracts/replica/validation.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { validations } from "../../db/schema/reductions.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";

export interface CreateValidation {
  readonly lotId: Uuid;
  readonly validation: ReplicaValidation;
}

/**
 * Gives a validation, for a code or for a stay; gates know it at once. Its id is used once for good, so that what was
 * used up never counts again. Throws `forbidden`, `not_found`, `conflict` (the id is there, or was).
 */
export async function createValidation(
  context: VerbContext,
  { lotId, validation }: CreateValidation,
): Promise<ReplicaValidation> {
  const lot = await findLot(context, "rights.write", lotId);
  return inTransaction(context, async (inside) => {
    const { validation_id, provider, uses, valid_until } = validation;
    const made = await inside.db
      .insert(validations)
      .values({
        parking_lot_id: lotId,
        validation_id,
        value: validation,
        created_at: inside.now,
        updated_at: inside.now,
      })
      .onConflictDoNothing()
      .returning({ id: validations.validation_id });
    if (made.length === 0)
      throw new ServiceError("conflict", `A validation with the id ${validation_id} is or was there; take another id.`);
    await appendAudit(inside, {
      action: "validation.created",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "validation", id: validation_id },
      details: { provider, uses, valid_until },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "put", collection: "validations", value: validation }]);
    return validation;
  });
}
