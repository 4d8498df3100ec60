import type { Permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, isNotNull } from "drizzle-orm";
import { permits, pools } from "../../db/schema/rights.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";

export interface CreatePermit {
  readonly lotId: Uuid;
  /** Plates as people write them. */
  readonly permit: Permit;
}

/**
 * Gives a permit; gates know it at once. Its id may be one that was revoked before. Throws `forbidden`, `not_found`,
 * `invalid` (a plate that is none, an unknown pool), `conflict` (the id is in force).
 */
export async function createPermit(context: VerbContext, { lotId, permit }: CreatePermit): Promise<Permit> {
  const lot = await findLot(context, "rights.write", lotId);
  const checked = { ...permit, plates: permit.plates.map(plateOf) };
  return inTransaction(context, async (inside) => {
    await checkPool(inside, lotId, checked);
    await insertPermit(inside, lotId, checked);
    await appendAudit(inside, {
      action: "permit.created",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "permit", id: checked.permit_id },
      details: { plates: checked.plates.length, valid_from: checked.valid_from, valid_until: checked.valid_until },
    });
    await recordReplicaChanges(inside.db, lotId, [{ op: "put", collection: "permits", value: checked }]);
    return checked;
  });
}

function plateOf(raw: string): string {
  const plate = normalisePlate(raw);
  if (plate === null)
    throw new ServiceError("invalid", "One of the plates names no plate: give its letters and digits.");
  return plate;
}

async function checkPool({ db }: VerbTransaction, lotId: Uuid, { pool_id }: Permit): Promise<void> {
  if (pool_id === null) return;
  const [pool] = await db
    .select({ id: pools.pool_id })
    .from(pools)
    .where(and(eq(pools.parking_lot_id, lotId), eq(pools.pool_id, pool_id)));
  if (!pool) throw new ServiceError("invalid", `The lot has no pool ${pool_id}.`);
}

async function insertPermit({ db, now }: VerbTransaction, lotId: Uuid, value: Permit): Promise<void> {
  const times = { created_at: now, updated_at: now };
  const made = await db
    .insert(permits)
    .values({ parking_lot_id: lotId, permit_id: value.permit_id, value, ...times })
    .onConflictDoUpdate({
      target: [permits.parking_lot_id, permits.permit_id],
      set: { value, revoked_at: null, ...times },
      setWhere: isNotNull(permits.revoked_at),
    })
    .returning({ id: permits.permit_id });
  if (made.length === 0)
    throw new ServiceError("conflict", `The permit ${value.permit_id} is in force already; revoke it first.`);
}
