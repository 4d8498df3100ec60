import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq } from "drizzle-orm";
import { lanes } from "../../db/schema/lots.ts";
import { ServiceError } from "../service-error.ts";
import type { VerbTransaction } from "../verb-context.ts";

export interface NamedLane {
  readonly lotId: Uuid;
  /** Null: the caller named none. */
  readonly laneId: Uuid | null;
  /** The field of the request that names it, for the message. */
  readonly field: "entry_point_id" | "exit_point_id";
}

/** Throws `invalid` when a lane that is named isn't one of the lot. */
export async function checkLane({ db }: VerbTransaction, { lotId, laneId, field }: NamedLane): Promise<void> {
  if (laneId === null) return;
  const [lane] = await db
    .select({ id: lanes.id })
    .from(lanes)
    .where(and(eq(lanes.id, laneId), eq(lanes.parking_lot_id, lotId)));
  if (!lane) throw new ServiceError("invalid", `${field} is no lane of this lot.`);
}
