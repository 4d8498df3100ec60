import type { Availability, SpotCounts } from "@gatehouse/shared/contracts/http/operations.ts";
import { spotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { DatabaseOrTransaction } from "../../db/database.ts";
import type { VerbContext } from "../verb-context.ts";
import { findLot } from "./find-lot.ts";

interface CountRow extends Record<string, unknown> {
  readonly lot_id: string;
  readonly type: string;
  readonly total: number;
  readonly available: number;
  readonly occupied: number;
  readonly reserved: number;
  readonly out_of_service: number;
  readonly updated_at: Date;
  readonly version: string;
}

/** Free and taken spots of one lot, by type. Throws `not_found`. */
export async function lotAvailability(context: VerbContext, lotId: Uuid): Promise<Availability> {
  const lot = await findLot(context, "lots.read", lotId);
  const [found] = await readAvailability(context.db, [lotId]);
  return found ?? emptyAvailability(lotId, lot.updated_at);
}

/**
 * The same for several lots, without a check of who asks; lots without spots are left out. Counts and version come from
 * one statement, so from one moment: every later change has a higher version.
 */
export async function readAvailability(
  db: DatabaseOrTransaction,
  lotIds: readonly Uuid[],
): Promise<readonly Availability[]> {
  const found = await db.execute<CountRow>(sql`
    SELECT spot.parking_lot_id AS lot_id, spot.type, count(*)::int AS total,
      (count(*) FILTER (WHERE spot.status = 'available'))::int AS available,
      (count(*) FILTER (WHERE spot.status = 'occupied'))::int AS occupied,
      (count(*) FILTER (WHERE spot.status = 'reserved'))::int AS reserved,
      (count(*) FILTER (WHERE spot.status = 'out_of_service'))::int AS out_of_service,
      max(spot.updated_at) AS updated_at,
      coalesce((SELECT head FROM bus_heads WHERE bus_heads.lot_id = spot.parking_lot_id), 0) AS version
    FROM parking_spots spot
    WHERE spot.parking_lot_id = ANY(${sql.param([...lotIds])}::uuid[])
    GROUP BY spot.parking_lot_id, spot.type
    ORDER BY spot.parking_lot_id, spot.type`);
  const lots = Map.groupBy(found.rows, (row) => row.lot_id);
  return [...lots].map(([lotId, rows]) => toAvailability(lotId, rows));
}

function toAvailability(lotId: Uuid, rows: readonly CountRow[]): Availability {
  const byType = rows.map(toCounts);
  return {
    parking_lot_id: lotId,
    version: Math.max(...rows.map((row) => Number(row.version))),
    total_spots: byType.reduce((sum, one) => sum + one.total, 0),
    available_spots: byType.reduce((sum, one) => sum + one.available, 0),
    by_type: byType,
    updated_at: new Date(Math.max(...rows.map((row) => new Date(row.updated_at).getTime()))).toISOString(),
  };
}

function toCounts({ type, total, available, occupied, reserved, out_of_service }: CountRow): SpotCounts {
  return { type: spotType.parse(type), total, available, occupied, reserved, out_of_service };
}

function emptyAvailability(lotId: Uuid, updatedAt: Date): Availability {
  return {
    parking_lot_id: lotId,
    version: 0,
    total_spots: 0,
    available_spots: 0,
    by_type: [],
    updated_at: updatedAt.toISOString(),
  };
}
