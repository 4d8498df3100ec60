import type { LiveMovement } from "@gatehouse/shared/contracts/http/operations.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

export interface MovementFilter {
  /** All lots when null. */
  readonly lotId: Uuid | null;
  /** Part of a plate, as typed: case, spaces and dashes don't count. */
  readonly plate: string;
}

export function filterMovements(
  movements: readonly LiveMovement[],
  { lotId, plate }: MovementFilter,
): readonly LiveMovement[] {
  const wanted = bare(plate);
  return movements.filter((movement) => {
    if (lotId !== null && movement.lot_id !== lotId) return false;
    return wanted === "" || bare(movement.plate ?? "").includes(wanted);
  });
}

/** Only letters and digits of any script, in upper case. */
function bare(text: string): string {
  return text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** An event that took longer than this from the lane into the cloud has waited for a link. Real time, ms. */
const LATE_AFTER_MS = 10 * SECOND_MS;

/** How late the cloud learnt of a movement, in its wall time; null when that was as fast as usual. */
export function lateness({ at, received_at }: LiveMovement, wallRate: number): number | null {
  const delayMs = received_at - at;
  return delayMs > LATE_AFTER_MS * Math.max(1, wallRate) ? delayMs : null;
}
