import { spotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { Transaction } from "../../db/database.ts";
import type { Consumer, Delivery } from "../../events/bus.ts";
import { allocateSpot } from "./allocate.ts";
import { spotStatusEvent } from "./event.ts";
import { releaseSpot } from "./release.ts";

/**
 * Consumer of entries and exits: gives each new session a spot, takes it back at the end, and tells of the spot's change.
 * Entry and exit of a session are in one lot's stream, so they come in order, however late.
 */
export function spotAllocation(clock: Pick<Clock, "wall">): Consumer {
  async function release({ tx, publish }: Delivery, lotId: Uuid, sessionId: Uuid): Promise<void> {
    const at = new Date(clock.wall());
    const change = await releaseSpot(tx, { lotId, sessionId, at });
    if (change) publish(spotStatusEvent(change, at));
  }
  return {
    name: "spot-allocation",
    handlers: {
      "parking.entries": async ({ tx, publish }, { lotId, payload }) => {
        const at = new Date(clock.wall());
        // The session first, then the spot: whoever holds a session never waits for us.
        const type = await lockSession(tx, lotId, payload.session_id);
        if (type === null) return;
        const change = await allocateSpot(tx, { lotId, sessionId: payload.session_id, spotType: type, at });
        if (!change) return;
        await keepSpot(tx, { lotId, sessionId: payload.session_id, spotId: change.spotId, at });
        publish(spotStatusEvent(change, at));
      },
      "parking.exits": (delivery, { lotId, payload }) => release(delivery, lotId, payload.session_id),
      "parking.entries.voided": (delivery, { lotId, payload }) => release(delivery, lotId, payload.session_id),
    },
  };
}

/** The type of spot that a session wants; null when there is no such session. */
async function lockSession(tx: Transaction, lotId: Uuid, sessionId: Uuid) {
  const found = await tx.execute<{ spot_type: string }>(sql`
    SELECT spot_type FROM parking_sessions WHERE parking_lot_id = ${lotId} AND id = ${sessionId} FOR NO KEY UPDATE`);
  const row = found.rows[0];
  return row ? spotType.parse(row.spot_type) : null;
}

async function keepSpot(
  tx: Transaction,
  { lotId, sessionId, spotId, at }: { lotId: Uuid; sessionId: Uuid; spotId: Uuid; at: Date },
): Promise<void> {
  await tx.execute(sql`
    UPDATE parking_sessions SET parking_spot_id = ${spotId}, version = version + 1,
      updated_at = ${at.toISOString()}::timestamptz
    WHERE parking_lot_id = ${lotId} AND id = ${sessionId}`);
}
