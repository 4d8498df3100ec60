import type { Vehicle } from "./approach-types.ts";
import type { PendingRead, Turn } from "./machine-types.ts";
import { looksAlike } from "./same-vehicle.ts";
import { change, credentialValue } from "./turn.ts";

/** Reads kept for a vehicle that is not on the arming loop yet; the oldest gives way. */
export const MAX_PENDING_READS = 4;
/** Newest wins for one credential; the place in the queue stays that of the first read. */
export function keepRead(turn: Turn, read: PendingRead): void {
  const known = turn.state.reads.some((one) => one.value === read.value);
  const reads = known
    ? turn.state.reads.map((one) => (one.value === read.value ? read : one))
    : [...turn.state.reads, read].slice(-MAX_PENDING_READS);
  change(turn, { reads });
}

/** What was shown or read of a vehicle that is gone, or admitted, must not speak for the next one. */
export function dropReadsOf(turn: Turn, vehicle: Vehicle | null): void {
  const plate = vehicle?.plate ? credentialValue(vehicle.plate) : null;
  const isIts = (read: PendingRead): boolean =>
    read.credential.kind !== "plate" || (plate !== null && looksAlike(plate, read.value));
  if (turn.state.reads.some(isIts)) change(turn, { reads: turn.state.reads.filter((one) => !isIts(one)) });
}
