import { type LaneDirection, laneDirection } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { asc, eq } from "drizzle-orm";
import { lanes } from "../../db/schema/lots.ts";
import type { VerbContext } from "../verb-context.ts";
import { findLot } from "./find-lot.ts";

export interface LaneSummary {
  readonly id: Uuid;
  readonly parking_lot_id: Uuid;
  readonly code: string;
  readonly name: string;
  readonly direction: LaneDirection;
}

/** All lanes of a lot, by code. Throws `forbidden`, `not_found`. */
export async function listLanes(context: VerbContext, lotId: Uuid): Promise<LaneSummary[]> {
  await findLot(context, "lots.read", lotId);
  const found = await context.db.select().from(lanes).where(eq(lanes.parking_lot_id, lotId)).orderBy(asc(lanes.code));
  return found.map(({ id, parking_lot_id, code, name, direction }) => ({
    id,
    parking_lot_id,
    code,
    name,
    direction: laneDirection.parse(direction),
  }));
}
