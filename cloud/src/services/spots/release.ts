import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { Transaction } from "../../db/database.ts";
import { readStatus, type SpotChange } from "./event.ts";

export interface ReleaseRequest {
  readonly lotId: Uuid;
  readonly sessionId: Uuid;
  readonly at: Date;
}

/**
 * Takes the spot back that a session holds: `occupied` becomes `available`, while `out_of_service` and `reserved`, set by
 * a hand meanwhile, stay. Null when the session holds none, or nothing is seen to change.
 */
export async function releaseSpot(
  tx: Transaction,
  { lotId, sessionId, at }: ReleaseRequest,
): Promise<SpotChange | null> {
  const freed = await tx.execute<{ id: string; old_status: string; new_status: string }>(sql`
    WITH held AS (
      SELECT id, status FROM parking_spots WHERE parking_lot_id = ${lotId} AND session_id = ${sessionId} FOR UPDATE
    )
    UPDATE parking_spots spot SET session_id = NULL, version = version + 1, updated_at = ${at.toISOString()}::timestamptz,
      status = CASE WHEN held.status = 'occupied' THEN 'available' ELSE held.status END
    FROM held WHERE spot.parking_lot_id = ${lotId} AND spot.id = held.id
    RETURNING spot.id, held.status AS old_status, spot.status AS new_status`);
  const row = freed.rows[0];
  if (!row || row.old_status === row.new_status) return null;
  return { lotId, spotId: row.id, oldStatus: readStatus(row.old_status), newStatus: readStatus(row.new_status) };
}
