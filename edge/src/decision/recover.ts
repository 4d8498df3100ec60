import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { EdgeStore } from "../store/store-port.ts";
import { endMovement } from "./end-movement.ts";

/**
 * After a restart, before any lane works: vehicles that were in a lane when the agent stopped were not seen to pass. An
 * entered stay is kept, a stay at the exit is closed as unconfirmed; either is gone on with when the vehicle is read
 * there again. Resolves with how many there were. Rejects with `store_failed`.
 */
export function recoverMovements({
  store,
  newId,
  lotId,
}: {
  readonly store: EdgeStore;
  readonly newId: NewId;
  readonly lotId: Uuid;
}): Promise<number> {
  return store.transact((tx) => {
    const { records } = store;
    const pending = records.movements.pending();
    for (const movement of pending) {
      endMovement({ tx, records, newId, lotId }, { movement, outcome: "not_seen", endedAt: tx.stamp.at });
      const { movementId, laneId, direction } = movement;
      tx.journal({ laneId, kind: "movement.recovered", data: { movementId, direction } });
    }
    return pending.length;
  });
}
