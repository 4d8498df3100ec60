import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, asc, eq, gt } from "drizzle-orm";
import { parkingSpots } from "../../db/schema/spots.ts";
import { findLot } from "../lots/find-lot.ts";
import type { VerbContext } from "../verb-context.ts";
import { type Spot, toSpot } from "./spot.ts";

export interface SpotPage {
  readonly lotId: Uuid;
  readonly limit: number;
  /** Number of the last spot of the page before; null for the first page. */
  readonly after: string | null;
}

/** Spots of a lot in the order of their numbers. Throws `forbidden`, `not_found`. */
export async function listSpots(context: VerbContext, { lotId, limit, after }: SpotPage): Promise<Spot[]> {
  await findLot(context, "lots.read", lotId);
  const from = after === null ? undefined : gt(parkingSpots.spot_number, after);
  const found = await context.db
    .select()
    .from(parkingSpots)
    .where(and(eq(parkingSpots.parking_lot_id, lotId), from))
    .orderBy(asc(parkingSpots.spot_number))
    .limit(limit);
  return found.map(toSpot);
}
