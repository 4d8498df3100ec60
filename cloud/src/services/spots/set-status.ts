import type { SpotStatus } from "@gatehouse/shared/contracts/primitives.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq } from "drizzle-orm";
import { parkingLots } from "../../db/schema/lots.ts";
import { parkingSpots } from "../../db/schema/spots.ts";
import { publishEvents } from "../../events/publish.ts";
import { assertMay } from "../access.ts";
import { appendAudit } from "../audit/append.ts";
import { ownLots } from "../lots/find-lot.ts";
import { notFound, ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";
import { readStatus, spotStatusEvent } from "./event.ts";
import { type Spot, toSpot } from "./spot.ts";

export interface SetSpotStatus {
  readonly spotId: Uuid;
  readonly status: SpotStatus;
  /** Refuse when the spot has changed since this version; null takes it as it is. */
  readonly ifVersion: number | null;
  /** The lot that the caller thinks the spot is in; null when it named none. */
  readonly lotId: Uuid | null;
}

type LockedSpot = typeof parkingSpots.$inferSelect & { readonly operator_id: Uuid };

/**
 * Sets a spot's status by hand or by a sensor, with its audit row and event. Setting what it is already changes nothing.
 * Throws `forbidden`, `not_found`, `stale`.
 */
export async function setSpotStatus(context: VerbContext, change: SetSpotStatus): Promise<Spot> {
  assertMay(context.actor, "spots.write");
  return inTransaction(context, async (inside) => {
    const spot = await lockSpot(inside, change);
    if (change.ifVersion !== null && change.ifVersion !== spot.version)
      throw new ServiceError("stale", "The spot has changed since you read it; read it again.");
    if (spot.status === change.status) return toSpot(spot);
    const updated = await updateSpot(inside, spot, change.status);
    await appendAudit(inside, {
      action: "spot.status_set",
      operatorId: spot.operator_id,
      lotId: spot.parking_lot_id,
      subject: { kind: "spot", id: spot.id },
      details: { from: spot.status, to: change.status },
    });
    const ids = { lotId: spot.parking_lot_id, spotId: spot.id };
    const event = spotStatusEvent({ ...ids, oldStatus: readStatus(spot.status), newStatus: change.status }, inside.now);
    await publishEvents(inside.db, { lotId: spot.parking_lot_id, events: [event], at: wallMs(inside.now.getTime()) });
    return toSpot(updated);
  });
}

async function lockSpot({ db, actor }: VerbTransaction, { spotId, lotId }: SetSpotStatus): Promise<LockedSpot> {
  const [found] = await db
    .select({ spot: parkingSpots, operator_id: parkingLots.operator_id })
    .from(parkingSpots)
    .innerJoin(parkingLots, eq(parkingLots.id, parkingSpots.parking_lot_id))
    .where(and(eq(parkingSpots.id, spotId), lotId === null ? undefined : eq(parkingLots.id, lotId), ownLots(actor)))
    .for("update", { of: parkingSpots });
  if (!found) throw notFound("spot");
  return { ...found.spot, operator_id: found.operator_id };
}

async function updateSpot({ db, now }: VerbTransaction, spot: LockedSpot, status: SpotStatus) {
  const [updated] = await db
    .update(parkingSpots)
    .set({
      status,
      version: spot.version + 1,
      updated_at: now,
      // A spot that is seen empty is nobody's any more.
      session_id: status === "available" ? null : spot.session_id,
    })
    .where(and(eq(parkingSpots.parking_lot_id, spot.parking_lot_id), eq(parkingSpots.id, spot.id)))
    .returning();
  if (!updated) throw notFound("spot");
  return updated;
}
