import type { SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { Transaction } from "../../db/database.ts";
import type { SpotChange } from "./event.ts";

export interface AllocationRequest {
  readonly lotId: Uuid;
  readonly sessionId: Uuid;
  readonly spotType: SpotType;
  readonly at: Date;
}

/** Types of spot that a session of a type may be given, best first; nobody else is put on a disabled driver's spot. */
const PREFERENCES: Readonly<Record<SpotType, readonly SpotType[]>> = {
  standard: ["standard", "ev"],
  ev: ["ev", "standard"],
  disabled: ["disabled", "standard", "ev"],
};

/**
 * Gives a session the first free spot, by the preferences of its type and then by number. Null when it has one already
 * or none is free. Two sessions never get the same spot, however many ask at once: a spot that another transaction is
 * taking is skipped.
 */
export async function allocateSpot(tx: Transaction, request: AllocationRequest): Promise<SpotChange | null> {
  const { lotId, sessionId, spotType, at } = request;
  const preference = sql`${sql.param([...PREFERENCES[spotType]])}::text[]`;
  const taken = await tx.execute<{ id: string }>(sql`
    UPDATE parking_spots SET status = 'occupied', session_id = ${sessionId}, version = version + 1,
      updated_at = ${at.toISOString()}::timestamptz
    WHERE parking_lot_id = ${lotId} AND id = (
      SELECT id FROM parking_spots
      WHERE parking_lot_id = ${lotId} AND status = 'available' AND type = ANY(${preference})
        AND NOT EXISTS (SELECT FROM parking_spots WHERE parking_lot_id = ${lotId} AND session_id = ${sessionId})
      ORDER BY array_position(${preference}, type::text), spot_number
      LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id`);
  const spotId = taken.rows[0]?.id;
  return spotId === undefined ? null : { lotId, spotId, oldStatus: "available", newStatus: "occupied" };
}
