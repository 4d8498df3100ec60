import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq } from "drizzle-orm";
import { parkingLots } from "../../db/schema/lots.ts";
import { reservations } from "../../db/schema/reservations.ts";
import { publishEvents } from "../../events/publish.ts";
import { assertMay } from "../access.ts";
import { appendAudit } from "../audit/append.ts";
import { ownLots } from "../lots/find-lot.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { notFound, ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";
import { cancelledEvent } from "./reservation.ts";

/**
 * Gives a reserved spot back. Cancelling again changes nothing. Throws `forbidden`, `not_found`, `conflict` (in use or over).
 */
export async function cancelReservation(
  context: VerbContext,
  { id, reason }: { readonly id: Uuid; readonly reason: string },
): Promise<void> {
  assertMay(context.actor, "reservations.write");
  await inTransaction(context, async (inside) => {
    const found = await lockReservation(inside, id);
    if (found.status === "cancelled") return;
    if (found.status !== "confirmed")
      throw new ServiceError("conflict", "The reservation is in use or over; it can't be cancelled.");
    const lotId = found.parking_lot_id;
    await inside.db
      .update(reservations)
      .set({ status: "cancelled", updated_at: inside.now })
      .where(and(eq(reservations.parking_lot_id, lotId), eq(reservations.id, id)));
    const subject = { kind: "reservation", id };
    await appendAudit(inside, { action: "reservation.cancelled", operatorId: found.operator_id, lotId, subject });
    await recordReplicaChanges(inside.db, lotId, [{ op: "delete", collection: "reservations", key: id }]);
    const events = [cancelledEvent({ id, lotId, reason }, inside.now)];
    await publishEvents(inside.db, { lotId, events, at: wallMs(inside.now.getTime()) });
  });
}

async function lockReservation({ db, actor }: VerbTransaction, id: Uuid) {
  const [found] = await db
    .select({
      status: reservations.status,
      parking_lot_id: reservations.parking_lot_id,
      operator_id: parkingLots.operator_id,
    })
    .from(reservations)
    .innerJoin(parkingLots, eq(parkingLots.id, reservations.parking_lot_id))
    .where(and(eq(reservations.id, id), ownLots(actor)))
    .for("no key update", { of: reservations });
  if (!found) throw notFound("reservation");
  return found;
}
