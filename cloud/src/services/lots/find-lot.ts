import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, inArray, type SQL } from "drizzle-orm";
import { parkingLots } from "../../db/schema/lots.ts";
import { type Actor, assertMay, type Permission } from "../access.ts";
import { notFound } from "../service-error.ts";
import type { VerbContext } from "../verb-context.ts";

/** The lots that an actor may see at all; undefined for parts of the system, which see all. */
export function ownLots(actor: Actor): SQL | undefined {
  if (actor.kind === "system") return undefined;
  const own = eq(parkingLots.operator_id, actor.operatorId);
  return actor.lotIds === null ? own : and(own, inArray(parkingLots.id, [...actor.lotIds]));
}

export type LotRow = typeof parkingLots.$inferSelect;

/**
 * A lot, once the actor's role allows what is to be done with it. Throws `forbidden`, or `not_found` for an absent lot
 * and for another operator's alike.
 */
export async function findLot({ db, actor }: VerbContext, permission: Permission, lotId: Uuid): Promise<LotRow> {
  assertMay(actor, permission);
  const [lot] = await db
    .select()
    .from(parkingLots)
    .where(and(eq(parkingLots.id, lotId), ownLots(actor)))
    .limit(1);
  if (!lot) throw notFound("lot");
  return lot;
}
