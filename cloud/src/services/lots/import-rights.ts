import type { BlocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Permit, Pool } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { Tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { blocklist, permits, pools, tariffs } from "../../db/schema/rights.ts";
import { appendAudit } from "../audit/append.ts";
import type { ReplicaEdit } from "../replica/next-version.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";
import { findLot } from "./find-lot.ts";

export interface LotRights {
  readonly lotId: Uuid;
  /** Says from when each tariff version is in force. */
  readonly policy: LotPolicy;
  readonly tariffs: readonly Tariff[];
  readonly permits: readonly Permit[];
  readonly pools: readonly Pool[];
  readonly blocklist: readonly BlocklistEntry[];
}

/** Rows of one INSERT: Postgres takes at most 65,535 parameters in a statement. */
const ROWS_AT_ONCE = 5_000;
/** For a version that the schedule doesn't name: published, not in force yet for any entry. */
const NEVER = new Date("9999-12-31T00:00:00Z");

/**
 * Brings all rights of a new lot in at once, as one version of its replica. Throws `forbidden`, `not_found`, `invalid` (a
 * plate that is none), and a database error when an id is there already.
 */
export async function importRights(context: VerbContext, given: LotRights): Promise<void> {
  const lot = await findLot(context, "rights.write", given.lotId);
  const rights = {
    ...given,
    permits: given.permits.map((one) => ({ ...one, plates: one.plates.map(plateOf) })),
    blocklist: given.blocklist.map((one) => ({ ...one, plate: plateOf(one.plate) })),
  };
  await inTransaction(context, async (inside) => {
    await insertAll(inside, rights);
    await appendAudit(inside, {
      action: "lot.rights_imported",
      operatorId: lot.operator_id,
      lotId: lot.id,
      subject: { kind: "lot", id: lot.id },
      details: { tariffs: rights.tariffs.length, permits: rights.permits.length, blocklist: rights.blocklist.length },
    });
    await recordReplicaChanges(inside.db, lot.id, editsOf(rights));
  });
}

function plateOf(raw: string): string {
  const plate = normalisePlate(raw);
  if (plate === null)
    throw new ServiceError("invalid", "One of the plates names no plate: give its letters and digits.");
  return plate;
}

function editsOf(rights: LotRights): ReplicaEdit[] {
  return [
    ...rights.tariffs.map((value): ReplicaEdit => ({ op: "put", collection: "tariffs", value })),
    ...rights.pools.map((value): ReplicaEdit => ({ op: "put", collection: "pools", value })),
    ...rights.permits.map((value): ReplicaEdit => ({ op: "put", collection: "permits", value })),
    ...rights.blocklist.map((value): ReplicaEdit => ({ op: "put", collection: "blocklist", value })),
  ];
}

async function insertAll({ db, now }: VerbTransaction, rights: LotRights): Promise<void> {
  const common = { parking_lot_id: rights.lotId, created_at: now, updated_at: now };
  for (const value of rights.tariffs) {
    const { tariff_id, version, name } = value;
    await db
      .insert(tariffs)
      .values({ ...common, tariff_id, version, name, in_force_from: startOf(rights.policy, value), value });
  }
  for (const chunk of chunks(rights.pools))
    await db.insert(pools).values(chunk.map((value) => ({ ...common, pool_id: value.pool_id, value })));
  for (const chunk of chunks(rights.permits))
    await db.insert(permits).values(chunk.map((value) => ({ ...common, permit_id: value.permit_id, value })));
  for (const chunk of chunks(rights.blocklist))
    await db.insert(blocklist).values(chunk.map((value) => ({ ...common, entry_id: value.entry_id, value })));
}

function startOf(policy: LotPolicy, { tariff_id, version }: Tariff): Date {
  const entry = policy.tariffs.find((one) => one.tariff_id === tariff_id && one.version === version);
  return entry ? new Date(entry.in_force_from) : NEVER;
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += ROWS_AT_ONCE) yield items.slice(from, from + ROWS_AT_ONCE);
}
