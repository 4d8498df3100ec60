import type { SessionChange } from "@gatehouse/shared/domain/access/decision.ts";
import { isInside } from "@gatehouse/shared/domain/session/session.ts";
import type { Session, SessionStart } from "@gatehouse/shared/domain/session/session-types.ts";
import type { Movement } from "../store/movement-rows.ts";
import type { DecisionRequest } from "./decision-desk.ts";
import { type MovementPlan, readPlan } from "./plan.ts";
import { endSession } from "./session-events.ts";
import type { DeskWork } from "./session-writer.ts";
import { type Shown, shownBy, shownOfSession } from "./shown.ts";

/** A movement that is decided on once more, with what its earlier decision left. */
export interface Earlier {
  readonly movement: Movement;
  readonly plan: MovementPlan;
  /** The stay that it opened or went on with at an entry; null where there is none. */
  readonly opened: Session | null;
}

/** The movement that a request goes on with; null for a vehicle of its own, and where that movement has ended or was another way. */
export function earlierOf({ records }: DeskWork, { again = null, laneId, direction }: DecisionRequest): Earlier | null {
  const movement = again === null ? null : records.movements.find(again);
  if (movement === null || movement.outcome !== null) return null;
  if (movement.laneId !== laneId || movement.direction !== direction) return null;
  const plan = readPlan(movement.plan);
  const { passage } = plan;
  const session = passage.kind === "entry" ? records.sessions.find(passage.sessionId) : null;
  return { movement, plan, opened: session !== null && isInside(session) ? session : null };
}

/** All that the vehicle has shown, with this request. */
export function shownWith(request: DecisionRequest, earlier: Earlier | null): Shown {
  if (earlier === null) return shownBy(request, null);
  const { plan, opened } = earlier;
  return shownBy(request, plan.shown ?? (opened === null ? null : shownOfSession(opened, request)));
}

/** The stay that the movement opened, where it is also the one to open now, so that it simply goes on. */
export function stayGoingOn(opened: Session | null, change: SessionChange): Session | null {
  return opened !== null && change.kind === "open" && isSameStay(opened, change.start) ? opened : null;
}

/** Takes back the stay that an earlier decision of the same movement opened. */
export function takeBack(work: DeskWork, opened: Session | null): void {
  if (opened !== null) endSession(work, opened, "replaced");
}

function isSameStay(opened: Session, start: SessionStart): boolean {
  const { kind, plate, ticket, permitId, reservationId } = opened;
  return (
    kind === start.kind &&
    plate === start.plate &&
    ticket === start.ticket &&
    permitId === start.permitId &&
    reservationId === start.reservationId
  );
}
