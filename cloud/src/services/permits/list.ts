import { type Permit, permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, asc, eq, gt, isNull } from "drizzle-orm";
import { permits } from "../../db/schema/rights.ts";
import { findLot } from "../lots/find-lot.ts";
import type { VerbContext } from "../verb-context.ts";

export interface PermitPage {
  readonly lotId: Uuid;
  readonly limit: number;
  /** Id of the last permit of the page before; null for the first page. */
  readonly after: string | null;
}

/** Permits in force of a lot, in the order of their ids. Throws `forbidden`, `not_found`. */
export async function listPermits(
  context: VerbContext,
  { lotId, limit, after }: PermitPage,
): Promise<readonly Permit[]> {
  await findLot(context, "rights.read", lotId);
  const found = await context.db
    .select({ value: permits.value })
    .from(permits)
    .where(
      and(
        eq(permits.parking_lot_id, lotId),
        isNull(permits.revoked_at),
        after === null ? undefined : gt(permits.permit_id, after),
      ),
    )
    .orderBy(asc(permits.permit_id))
    .limit(limit);
  return found.map((row) => permit.parse(row.value));
}
