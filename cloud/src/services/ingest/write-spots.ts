import type { SpotStatus } from "@gatehouse/shared/contracts/primitives.ts";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { BusEvent } from "../../events/publish.ts";
import type { ReadEvent } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { rowStatement } from "./unnest.ts";
import type { Stretch } from "./write-events.ts";

interface Sensed {
  readonly spotId: Uuid;
  readonly status: SpotStatus;
}

const updateSpots = rowStatement<Sensed>("ingest_spots", {
  fixed: 2,
  columns: [
    { name: "id", type: "uuid", of: ({ spotId }) => spotId },
    { name: "status", type: "text", of: ({ status }) => status },
  ],
  // A spot that is seen empty is nobody's any more.
  text: `
    WITH seen AS (
      SELECT spot.id, spot.status AS old_status, row.status AS new_status
      FROM ROWS JOIN parking_spots AS spot ON spot.parking_lot_id = $1::uuid AND spot.id = row.id
      WHERE spot.status <> row.status
      FOR UPDATE OF spot
    )
    UPDATE parking_spots AS spot SET
      status = seen.new_status, version = spot.version + 1, updated_at = $2::timestamptz,
      session_id = CASE WHEN seen.new_status = 'available' THEN NULL ELSE spot.session_id END
    FROM seen
    WHERE spot.parking_lot_id = $1::uuid AND spot.id = seen.id
    RETURNING seen.id, seen.old_status, seen.new_status`,
});

/** Sets spots to what their sensors last saw; returns what the bus is told of it. */
export async function writeSpots(
  client: SqlRunner,
  stretch: Stretch,
  reads: readonly ReadEvent[],
): Promise<readonly BusEvent[]> {
  const last = new Map<Uuid, Sensed>();
  for (const { event } of reads) {
    const { body } = event;
    if (body.type === "spot.sensed") last.set(body.spot_id, { spotId: body.spot_id, status: body.status });
  }
  if (last.size === 0 || stretch.isLate) return [];
  const changed = await updateSpots.run(client, [stretch.lotId, new Date(stretch.receivedAt)], [...last.values()]);
  const rows: { readonly id: Uuid; readonly old_status: SpotStatus; readonly new_status: SpotStatus }[] = changed.rows;
  return rows.map(({ id, old_status, new_status }) => ({
    topic: "spot.status.changes",
    payload: {
      timestamp: toIso(stretch.receivedAt),
      spot_id: id,
      old_status,
      new_status,
      parking_lot_id: stretch.lotId,
    },
  }));
}
