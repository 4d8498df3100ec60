import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq } from "drizzle-orm";
import { lanes, parkingLots } from "../../db/schema/lots.ts";
import { assertMay, type Permission } from "../access.ts";
import { notFound } from "../service-error.ts";
import type { VerbContext } from "../verb-context.ts";
import { ownLots } from "./find-lot.ts";

/** A lane, once the actor's role allows what is to be done with it. Throws `forbidden`, `not_found` (absent or foreign). */
export async function findLane(
  { db, actor }: VerbContext,
  permission: Permission,
  laneId: Uuid,
): Promise<{ readonly id: Uuid; readonly parking_lot_id: Uuid }> {
  assertMay(actor, permission);
  const [lane] = await db
    .select({ id: lanes.id, parking_lot_id: lanes.parking_lot_id })
    .from(lanes)
    .innerJoin(parkingLots, eq(parkingLots.id, lanes.parking_lot_id))
    .where(and(eq(lanes.id, laneId), ownLots(actor)))
    .limit(1);
  if (!lane) throw notFound("lane");
  return lane;
}
