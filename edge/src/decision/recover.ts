import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { EdgeStore } from "../store/store-port.ts";
import type { MovementEnd } from "./decision-desk.ts";
import { endMovement } from "./end-movement.ts";

/**
 * After a restart, before any lane works: vehicles that were in a lane when the agent stopped were not seen to pass. An
 * entered stay is kept, a stay at the exit is closed as unconfirmed; either is gone on with when the vehicle is read
 * there again. `seenEnds` tells of those whose end was seen but could not be stored then; null leaves one to the lane's
 * ledger, which books what is owed for it and ends it. Resolves with how many there were. Rejects with `store_failed`.
 */
export function recoverMovements({
  store,
  newId,
  lotId,
  seenEnds = new Map(),
}: {
  readonly store: EdgeStore;
  readonly newId: NewId;
  readonly lotId: Uuid;
  readonly seenEnds?: ReadonlyMap<Uuid, MovementEnd | null>;
}): Promise<number> {
  return store.transact((tx) => {
    const { records } = store;
    const pending = records.movements.pending().filter(({ movementId }) => seenEnds.get(movementId) !== null);
    for (const movement of pending) {
      const { outcome, endedAt } = seenEnds.get(movement.movementId) ?? { outcome: "not_seen", endedAt: tx.stamp.at };
      endMovement({ tx, records, newId, lotId }, { movement, outcome, endedAt });
      const { movementId, laneId, direction } = movement;
      tx.journal({ laneId, kind: "movement.recovered", data: { movementId, direction } });
    }
    return pending.length;
  });
}
