import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Movement } from "../store/movement-rows.ts";
import type { StoreTransaction } from "../store/store-port.ts";
import { decideVehicle } from "./decide.ts";
import type { DecisionDesk } from "./decision-desk.ts";
import { endMovement } from "./end-movement.ts";
import { takePayment } from "./payment.ts";
import type { DeskSurroundings } from "./ruling.ts";
import type { DeskWork } from "./session-writer.ts";
import { recordUndecided } from "./undecided.ts";

export interface DeskOptions extends DeskSurroundings {
  readonly newId: NewId;
}

/** The desk on the edge's store: facts, rules, and all that follows from them in one durable transaction (SYNC-01). */
export function createDecisionDesk(options: DeskOptions): DecisionDesk {
  const { store, newId } = options;

  function inTransaction<T>(step: (work: DeskWork) => T): Promise<T> {
    return store.transact((tx: StoreTransaction) => step({ tx, records: store.records, newId }));
  }

  function movementOf({ records }: DeskWork, movementId: Uuid): Movement {
    const movement = records.movements.find(movementId);
    if (movement !== null) return movement;
    throw new GatehouseError("unknown_movement", `No decision was made for movement ${movementId}.`);
  }

  return {
    decide: (request) => inTransaction((work) => decideVehicle(options, work, { request, again: null })),
    paid: (payment) =>
      inTransaction((work) => takePayment(options, work, { movement: movementOf(work, payment.movementId), payment })),
    finish: ({ movementId, outcome, endedAt }) =>
      inTransaction((work) => {
        const movement = movementOf(work, movementId);
        // Told of twice, it happened once.
        if (movement.outcome === null) endMovement(work, { movement, outcome, endedAt });
      }),
    undecidedPassage: (passage) => inTransaction((work) => recordUndecided(work, passage)),
  };
}
