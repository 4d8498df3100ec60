import type { SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import { publishEvents } from "../../events/publish.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot, type LotRow } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";
import { createdEvent, replicaValue } from "./reservation.ts";

export interface CreateReservation {
  readonly lotId: Uuid;
  /** This spot, or null for any of the type. */
  readonly spotId: Uuid | null;
  readonly spotType: SpotType;
  readonly licensePlate: string;
  readonly startTime: Date;
  readonly endTime: Date;
}

export interface Reservation {
  readonly id: Uuid;
  readonly parking_lot_id: Uuid;
  readonly parking_spot_id: Uuid;
  readonly license_plate: string;
  readonly spot_type: SpotType;
  readonly start_time: string;
  readonly end_time: string;
  readonly status: string;
}

/** Spots that are tried one after the other while others take them from us. */
const MAX_TRIES = 32;

/**
 * Reserves one spot for a window, and promises it to nobody else: of many requests for the last one, one gets it. Throws
 * `forbidden`, `not_found`, `invalid`, `conflict` (nothing free in that window).
 */
export async function createReservation(context: VerbContext, request: CreateReservation): Promise<Reservation> {
  const lot = await findLot(context, "reservations.write", request.lotId);
  const plate = normalisePlate(request.licensePlate);
  if (plate === null) throw new ServiceError("invalid", "license_plate names no plate: give its letters and digits.");
  if (request.endTime <= request.startTime) throw new ServiceError("invalid", "end_time must be after start_time.");
  if (request.endTime.getTime() <= context.clock.wall())
    throw new ServiceError("invalid", "The window is over already.");
  return inTransaction(context, async (inside) => {
    const made = await takeSpot(inside, request, plate);
    await tell(inside, lot, made);
    return made;
  });
}

/**
 * Picks a free spot and inserts; the exclusion constraint says whether somebody else was quicker, then the next one is
 * tried. Requests start at different spots, so that they don't all race for the first.
 */
async function takeSpot(inside: VerbTransaction, request: CreateReservation, plate: string): Promise<Reservation> {
  const id = inside.newId();
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const spotId = await findFreeSpot(inside, request, id);
    if (spotId === null) break;
    const made = await inside.db.execute(sql`
      INSERT INTO reservations (parking_lot_id, id, parking_spot_id, license_plate, spot_type, start_time, end_time, status,
        created_at, updated_at)
      VALUES (${request.lotId}, ${id}, ${spotId}, ${plate}, ${request.spotType}, ${request.startTime.toISOString()}::timestamptz,
        ${request.endTime.toISOString()}::timestamptz, 'confirmed', ${inside.now.toISOString()}::timestamptz,
        ${inside.now.toISOString()}::timestamptz)
      ON CONFLICT DO NOTHING RETURNING id`);
    if (made.rows.length > 0) return toReservation(id, spotId, request, plate);
  }
  throw new ServiceError("conflict", "No spot is free for the whole window; choose another time, type or lot.");
}

async function findFreeSpot({ db }: VerbTransaction, request: CreateReservation, id: Uuid): Promise<Uuid | null> {
  const { lotId, spotId, spotType, startTime, endTime } = request;
  const found = await db.execute<{ id: string }>(sql`
    SELECT spot.id FROM parking_spots spot
    WHERE spot.parking_lot_id = ${lotId} AND spot.status <> 'out_of_service'
      AND ${spotId === null ? sql`spot.type = ${spotType}` : sql`spot.id = ${spotId}`}
      AND NOT EXISTS (
        SELECT FROM reservations taken
        WHERE taken.parking_spot_id = spot.id AND taken.status IN ('confirmed', 'checked_in')
          AND tstzrange(taken.start_time, taken.end_time, '[)')
            && tstzrange(${startTime.toISOString()}::timestamptz, ${endTime.toISOString()}::timestamptz, '[)'))
    ORDER BY hashtext(spot.id::text || ${id}) LIMIT 1`);
  return found.rows[0]?.id ?? null;
}

function toReservation(id: Uuid, spotId: Uuid, request: CreateReservation, plate: string): Reservation {
  return {
    id,
    parking_lot_id: request.lotId,
    parking_spot_id: spotId,
    license_plate: plate,
    spot_type: request.spotType,
    start_time: request.startTime.toISOString(),
    end_time: request.endTime.toISOString(),
    status: "confirmed",
  };
}

async function tell(inside: VerbTransaction, lot: LotRow, made: Reservation): Promise<void> {
  await appendAudit(inside, {
    action: "reservation.created",
    operatorId: lot.operator_id,
    lotId: lot.id,
    subject: { kind: "reservation", id: made.id },
    details: { parking_spot_id: made.parking_spot_id, start_time: made.start_time, end_time: made.end_time },
  });
  await recordReplicaChanges(inside.db, lot.id, [{ op: "put", collection: "reservations", value: replicaValue(made) }]);
  const at = wallMs(inside.now.getTime());
  await publishEvents(inside.db, { lotId: lot.id, events: [createdEvent(made, inside.now)], at });
}
