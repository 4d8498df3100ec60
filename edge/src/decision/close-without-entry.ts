import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Movement } from "../store/movement-rows.ts";
import { areasAt } from "./count-passage.ts";
import type { PassagePlan } from "./plan.ts";
import { closeSession, noteMovement } from "./session-events.ts";
import { applyToSession, type DeskWork } from "./session-writer.ts";

export type ExitWithoutEntry = Extract<PassagePlan, { kind: "exit_without_entry" }>;

interface Leaving {
  readonly movement: Movement;
  readonly plan: ExitWithoutEntry;
  readonly exitedAt: WallMs;
}

/** A vehicle has left whose stay nobody knew: the stay is opened and closed at once, and the count is put right. */
export function closeWithoutEntry(work: DeskWork, leaving: Leaving): void {
  if (!closeUnknownStay(work, leaving)) return;
  const { inner } = areasAt(work, leaving.movement.laneId);
  work.records.occupancy.correct({ spotType: "standard", area: inner }, "unpaired");
}

/** The same with the count left alone. False when there was such a stay already. */
export function closeUnknownStay(work: DeskWork, { movement, plan, exitedAt }: Leaving): boolean {
  const { movementId, laneId, beganAt } = movement;
  const { sessionId, plate, ticket, tariff, charge } = plan;
  work.records.money.stopWaiting(sessionId);
  const start = {
    kind: "transient",
    plate,
    ticket,
    permitId: null,
    reservationId: null,
    spotType: "standard",
    area: null,
    vehicleClass: null,
    occupancyPermilleAtEntry: null,
    tariff,
    enteredAt: beganAt,
  } as const;
  const opened = applyToSession(work, null, {
    event: { type: "opened", sessionId, start, movementId },
    currency: null,
  });
  if (opened === null) return false;
  const session = noteMovement(work, opened, { movementId, direction: "exit", outcome: "passed" });
  return closeSession(work, session, { reason: "exit_without_entry", charge, exitedAt, laneId, movementId });
}
