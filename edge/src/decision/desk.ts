import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Movement } from "../store/movement-rows.ts";
import type { StoreLog, StoreTransaction } from "../store/store-port.ts";
import { decideVehicle } from "./decide.ts";
import type { DecisionDesk, MovementEnd } from "./decision-desk.ts";
import { endMovement } from "./end-movement.ts";
import { explainDecision } from "./explain.ts";
import { prepareTickets } from "./new-ticket.ts";
import { takePayment } from "./payment.ts";
import { recoverMovements } from "./recover.ts";
import type { DeskSurroundings } from "./ruling.ts";
import type { DeskWork } from "./session-writer.ts";
import { recordUndecided } from "./undecided.ts";

/** A decision that takes longer than this is felt by the driver, and logged with its time. */
const SLOW_DECISION_MS = 250;

export interface DeskOptions extends DeskSurroundings {
  readonly newId: NewId;
  readonly clock: Pick<Clock, "mono">;
  readonly clockQuality: () => ClockQuality;
  readonly log: StoreLog;
  /** What the lanes' last run saw of movements and could not store; see `recoverMovements`. */
  readonly seenEnds?: ReadonlyMap<Uuid, MovementEnd | null>;
}

/**
 * The desk on the edge's store: facts, rules, and all that follows from them in one durable transaction (SYNC-01). The
 * first thing it does is to end what was going on in the lanes when the agent stopped, before any decision.
 */
export function createDecisionDesk(options: DeskOptions): DecisionDesk {
  const { store, site, newId, clock, clockQuality, linkState, log } = options;
  const lotId = site.lot_id;
  const newTicketCode = prepareTickets({ store, lotId, newId });

  function inTransaction<T>(step: (work: DeskWork) => T, urgent = false): Promise<T> {
    return store.transact((tx: StoreTransaction) => step({ tx, records: store.records, newId, lotId }), { urgent });
  }

  function movementOf({ records }: DeskWork, movementId: Uuid): Movement {
    const movement = records.movements.find(movementId);
    if (movement !== null) return movement;
    throw new GatehouseError("unknown_movement", `No decision was made for movement ${movementId}.`);
  }

  async function timed<T>(laneId: Uuid, decision: Promise<T>): Promise<T> {
    const began = clock.mono();
    const made = await decision;
    const tookMs = Math.round(clock.mono() - began);
    if (tookMs > SLOW_DECISION_MS)
      log.warn({ laneId, tookMs }, "A decision was slow: the disk or this computer is busy.");
    return made;
  }

  recoverMovements({ store, newId, lotId, ...(options.seenEnds && { seenEnds: options.seenEnds }) }).then(
    (recovered) => log.info({ recovered, clock: clockQuality(), link: linkState() }, "The decision desk works."),
    (error: unknown) =>
      log.error({ cause: errorMessage(error) }, "Vehicles in the lanes before the restart stay open."),
  );

  return {
    decide: (request) =>
      timed(
        request.laneId,
        inTransaction((work) => decideVehicle(options, work, request), true),
      ),
    paid: (payment) =>
      inTransaction(
        (work) => takePayment(options, work, { movement: movementOf(work, payment.movementId), payment }),
        true,
      ),
    finish: ({ movementId, outcome, endedAt }) =>
      inTransaction((work) => {
        const movement = movementOf(work, movementId);
        // Told of twice, it happened once.
        if (movement.outcome === null) endMovement(work, { movement, outcome, endedAt });
      }),
    undecidedPassage: (passage) => inTransaction((work) => recordUndecided(work, passage)),
    newTicketCode,
    explain: async (query) => explainDecision(options, query),
  };
}
