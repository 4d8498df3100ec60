import { type Tariff, tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { asc, eq } from "drizzle-orm";
import { tariffs } from "../../db/schema/rights.ts";
import { findLot } from "../lots/find-lot.ts";
import type { VerbContext } from "../verb-context.ts";

export interface ScheduledVersion {
  readonly in_force_from: string;
  readonly tariff: Tariff;
}

/** More versions than this of one lot are not shown; the oldest come first. */
const MAX_VERSIONS = 1_000;

/** All versions published for a lot, by the time from which they are in force. Throws `forbidden`, `not_found`. */
export async function listTariffs(context: VerbContext, lotId: Uuid): Promise<readonly ScheduledVersion[]> {
  await findLot(context, "rights.read", lotId);
  const found = await context.db
    .select({ in_force_from: tariffs.in_force_from, value: tariffs.value })
    .from(tariffs)
    .where(eq(tariffs.parking_lot_id, lotId))
    .orderBy(asc(tariffs.in_force_from))
    .limit(MAX_VERSIONS);
  return found.map((row) => ({ in_force_from: row.in_force_from.toISOString(), tariff: tariff.parse(row.value) }));
}
