import { type LotPolicy, lotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { eq } from "drizzle-orm";
import { parkingLots } from "../../db/schema/lots.ts";
import { tariffs } from "../../db/schema/rights.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot, type LotRow } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";

export interface PublishTariff {
  readonly lotId: Uuid;
  readonly tariff: Tariff;
  /** Entries from then on are priced by this version. */
  readonly inForceFrom: Date;
}

export interface PublishedTariff {
  readonly parking_lot_id: Uuid;
  readonly tariff_id: Uuid;
  readonly version: number;
  readonly in_force_from: string;
}

/**
 * Publishes a version of a tariff and puts it into the lot's schedule; gates learn of it at once. A published version never
 * changes. Throws `forbidden`, `not_found`, `invalid` (other currency or time zone than the lot's), `conflict` (the version,
 * or the instant, is taken).
 */
export async function publishTariff(context: VerbContext, request: PublishTariff): Promise<PublishedTariff> {
  const { tariff, lotId } = request;
  const lot = await findLot(context, "rights.write", lotId);
  if (tariff.currency !== lot.currency || tariff.time_zone !== lot.time_zone)
    throw new ServiceError(
      "invalid",
      `The lot's tariffs are in ${lot.currency} and in the time zone ${lot.time_zone}.`,
    );
  return inTransaction(context, async (inside) => {
    await insertTariff(inside, request);
    const policy = await schedule(inside, lot, request);
    await appendAudit(inside, {
      action: "tariff.published",
      operatorId: lot.operator_id,
      lotId,
      subject: { kind: "tariff", id: tariff.tariff_id },
      details: { version: tariff.version, in_force_from: request.inForceFrom.toISOString() },
    });
    await recordReplicaChanges(inside.db, lotId, [
      { op: "put", collection: "tariffs", value: tariff },
      { op: "put", collection: "lot", value: policy },
    ]);
    return {
      parking_lot_id: lotId,
      tariff_id: tariff.tariff_id,
      version: tariff.version,
      in_force_from: request.inForceFrom.toISOString(),
    };
  });
}

async function insertTariff(
  { db, now }: VerbTransaction,
  { lotId, tariff, inForceFrom }: PublishTariff,
): Promise<void> {
  const made = await db
    .insert(tariffs)
    .values({
      parking_lot_id: lotId,
      tariff_id: tariff.tariff_id,
      version: tariff.version,
      name: tariff.name,
      in_force_from: inForceFrom,
      value: tariff,
      created_at: now,
      updated_at: now,
    })
    .onConflictDoNothing()
    .returning({ version: tariffs.version });
  if (made.length === 0)
    throw new ServiceError("conflict", `Version ${tariff.version} of this tariff is published; give the next number.`);
}

/** The lot's policy with the version in its schedule; the row is locked first, since another publication may be under way. */
async function schedule({ db, now }: VerbTransaction, lot: LotRow, request: PublishTariff): Promise<LotPolicy> {
  const [locked] = await db
    .select({ policy: parkingLots.policy })
    .from(parkingLots)
    .where(eq(parkingLots.id, lot.id))
    .for("no key update");
  const policy = lotPolicy.parse(locked?.policy);
  const entry = {
    tariff_id: request.tariff.tariff_id,
    version: request.tariff.version,
    in_force_from: request.inForceFrom.toISOString(),
  };
  const next = lotPolicy.safeParse({ ...policy, version: policy.version + 1, tariffs: [...policy.tariffs, entry] });
  if (!next.success)
    throw new ServiceError("conflict", "Another tariff is in force from the same instant; choose another one.");
  await db
    .update(parkingLots)
    .set({ policy: next.data, policy_version: next.data.version, updated_at: now })
    .where(eq(parkingLots.id, lot.id));
  return next.data;
}
