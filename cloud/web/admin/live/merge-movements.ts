import type { LiveMovement } from "@gatehouse/shared/contracts/http/operations.ts";

/** How many movements the page keeps; the oldest events go first. */
export const MAX_MOVEMENTS = 500;

/**
 * Known movements with newer rows laid over them: one row per movement id, newest event first. A movement is told twice,
 * at its decision and at its outcome; the first time that the cloud learnt of it stays.
 */
export function mergeMovements(
  known: readonly LiveMovement[],
  arrived: readonly LiveMovement[],
): readonly LiveMovement[] {
  const rows = new Map(known.map((movement) => [movement.movement_id, movement]));
  for (const movement of arrived) {
    const earlier = rows.get(movement.movement_id);
    rows.set(movement.movement_id, earlier ? laidOver(earlier, movement) : movement);
  }
  return [...rows.values()].sort(newestFirst).slice(0, MAX_MOVEMENTS);
}

function laidOver(earlier: LiveMovement, movement: LiveMovement): LiveMovement {
  return { ...movement, received_at: Math.min(earlier.received_at, movement.received_at) };
}

function newestFirst(left: LiveMovement, right: LiveMovement): number {
  if (left.at !== right.at) return right.at - left.at;
  return left.movement_id < right.movement_id ? 1 : -1;
}
