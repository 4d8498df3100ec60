import { countPassage } from "./count-passage.ts";
import type { UndecidedPassage } from "./decision-desk.ts";
import type { DeskWork } from "./session-writer.ts";

/** Records a vehicle that passed without a decision of its own: it counts, and the cloud hears of it. */
export function recordUndecided(work: DeskWork, passage: UndecidedPassage): void {
  const { tx, records, newId } = work;
  const { laneId, direction, outcome, beganAt, endedAt } = passage;
  const movementId = newId();
  records.movements.write({
    movementId,
    laneId,
    direction,
    sessionId: null,
    plate: null,
    decided: "undecided",
    reasons: [],
    plan: "{}",
    beganAt,
    outcome,
    endedAt,
  });
  countPassage(work, passage);
  tx.emit({
    type: "movement.recorded",
    movement_id: movementId,
    lane_id: laneId,
    direction,
    outcome,
    session_id: null,
    plate: null,
    began_at: beganAt,
    ended_at: endedAt,
  });
  tx.journal({ laneId, kind: "movement.undecided", data: { movementId, direction, outcome } });
}
