import type { LiveLot, LiveMovement, OperationsMessage } from "@gatehouse/shared/contracts/http/operations.ts";
import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { mergeMovements } from "./merge-movements.ts";

/** What the page knows of all lots. Before the first snapshot `ready` is false. */
export interface LiveState {
  readonly ready: boolean;
  /** In the order of their names. */
  readonly lots: readonly LiveLot[];
  /** Newest event first, at most MAX_MOVEMENTS. */
  readonly movements: readonly LiveMovement[];
  /** The cloud's wall time in the last message that told it. */
  readonly cloudAt: number | null;
  /** Messages that this version of the page can't read. */
  readonly unreadable: number;
}

/** What arrived: a message of the contract, or one that doesn't fit it. */
export type Arrival = OperationsMessage | { readonly kind: "unreadable" };

export const initialState: LiveState = { ready: false, lots: [], movements: [], cloudAt: null, unreadable: 0 };

/**
 * The state after a batch of arrivals in their order. Movements of the whole batch are merged at once, so that a backlog
 * of thousands costs one sort.
 */
export function afterArrivals(state: LiveState, arrivals: readonly Arrival[]): LiveState {
  const moved: LiveMovement[] = [];
  const next = arrivals.reduce((current, arrival) => afterArrival(current, arrival, moved), state);
  return moved.length === 0 ? next : { ...next, movements: mergeMovements(next.movements, moved) };
}

function afterArrival(state: LiveState, arrival: Arrival, moved: LiveMovement[]): LiveState {
  switch (arrival.kind) {
    case "snapshot":
      moved.push(...arrival.movements);
      return { ...state, ready: true, cloudAt: arrival.at, lots: byName(arrival.lots) };
    case "lot":
      return { ...state, lots: byName([...state.lots.filter((lot) => !isSame(lot, arrival.lot)), arrival.lot]) };
    case "lanes":
      return { ...state, lots: withLanes(state.lots, arrival.lot_id, arrival.lanes) };
    case "movement":
      moved.push(arrival.movement);
      return state;
    case "heartbeat":
      return { ...state, cloudAt: arrival.at };
    case "unreadable":
      return { ...state, unreadable: state.unreadable + 1 };
    default:
      return assertNever(arrival);
  }
}

function withLanes(lots: readonly LiveLot[], lotId: Uuid, lanes: TelemetryLane[]): readonly LiveLot[] {
  return lots.map((lot) => (lot.lot_id === lotId ? { ...lot, lanes } : lot));
}

function isSame(left: LiveLot, right: LiveLot): boolean {
  return left.lot_id === right.lot_id;
}

function byName(lots: readonly LiveLot[]): readonly LiveLot[] {
  return [...lots].sort((left, right) => compare(left.name, right.name) || compare(left.lot_id, right.lot_id));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
