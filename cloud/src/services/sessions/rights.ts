import { lotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import { permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { TariffRef } from "@gatehouse/shared/domain/session/session-types.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import type { DatabaseOrTransaction } from "../../db/database.ts";
import { permits } from "../../db/schema/rights.ts";
import type { LotRow } from "../lots/find-lot.ts";

const schedule = z.object({ tariffs: lotPolicy.shape.tariffs });

/** The version in force for an entry at that instant: the last one of the lot's schedule that has begun. */
export function tariffInForce(lot: LotRow, at: Date): TariffRef | null {
  // Only this part: the whole was checked when it was written, and checking it is dear.
  const begun = schedule
    .parse(lot.policy)
    .tariffs.filter((one) => Date.parse(one.in_force_from) <= at.getTime())
    .sort((left, right) => Date.parse(right.in_force_from) - Date.parse(left.in_force_from));
  const [latest] = begun;
  return latest ? { id: latest.tariff_id, version: latest.version } : null;
}

/** The id of a permit of the lot that names the plate and is valid at that instant. */
export async function permitOf(
  db: DatabaseOrTransaction,
  { lotId, plate, at }: { readonly lotId: Uuid; readonly plate: string; readonly at: Date },
): Promise<string | null> {
  const found = await db
    .select({ value: permits.value })
    .from(permits)
    .where(
      and(eq(permits.parking_lot_id, lotId), isNull(permits.revoked_at), sql`${permits.value} -> 'plates' ? ${plate}`),
    );
  const valid = found
    .map(({ value }) => permit.parse(value))
    .find(
      (one) =>
        Date.parse(one.valid_from) <= at.getTime() &&
        (one.valid_until === null || at.getTime() < Date.parse(one.valid_until)),
    );
  return valid?.permit_id ?? null;
}
