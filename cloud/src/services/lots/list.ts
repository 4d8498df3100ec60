import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, asc, gt } from "drizzle-orm";
import { parkingLots } from "../../db/schema/lots.ts";
import { assertMay } from "../access.ts";
import type { VerbContext } from "../verb-context.ts";
import { ownLots } from "./find-lot.ts";

export interface LotSummary {
  readonly id: Uuid;
  readonly code: string;
  readonly name: string;
  readonly address: string | null;
  readonly total_spots: number;
  readonly time_zone: string;
  readonly currency: string;
}

export interface LotPage {
  readonly limit: number;
  /** Id of the last lot of the page before; null for the first page. */
  readonly after: Uuid | null;
}

/** The lots that the actor may see, in the order of their ids. */
export async function listLots({ db, actor }: VerbContext, { limit, after }: LotPage): Promise<readonly LotSummary[]> {
  assertMay(actor, "lots.read");
  return db
    .select({
      id: parkingLots.id,
      code: parkingLots.code,
      name: parkingLots.name,
      address: parkingLots.address,
      total_spots: parkingLots.total_spots,
      time_zone: parkingLots.time_zone,
      currency: parkingLots.currency,
    })
    .from(parkingLots)
    .where(and(ownLots(actor), after === null ? undefined : gt(parkingLots.id, after)))
    .orderBy(asc(parkingLots.id))
    .limit(limit);
}
