import { type SpotStatus, type SpotType, spotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { parkingSpots } from "../../db/schema/spots.ts";
import { readStatus } from "./event.ts";

/** A spot as the API tells it. */
export interface Spot {
  readonly id: Uuid;
  readonly parking_lot_id: Uuid;
  readonly spot_number: string;
  readonly type: SpotType;
  readonly status: SpotStatus;
  readonly version: number;
  readonly updated_at: string;
}

/** A row as the API tells it. */
export function toSpot(row: typeof parkingSpots.$inferSelect): Spot {
  return {
    id: row.id,
    parking_lot_id: row.parking_lot_id,
    spot_number: row.spot_number,
    type: spotType.parse(row.type),
    status: readStatus(row.status),
    version: row.version,
    updated_at: row.updated_at.toISOString(),
  };
}
