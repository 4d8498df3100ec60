import type { EdgeEvent, EdgeEventBodyOf } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { ClockQuality, Direction } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

/** What a run of events amounts to for one movement: its last decision, and what the vehicle did. */
export interface MovementChange {
  readonly id: Uuid;
  readonly laneId: Uuid;
  readonly direction: Direction;
  readonly quality: ClockQuality;
  /** When it was decided, or began where nothing was decided; ms. */
  readonly at: number;
  decision: EdgeEventBodyOf<"decision.made"> | null;
  record: EdgeEventBodyOf<"movement.recorded"> | null;
  /** The session that it belongs to, where an event named one. */
  sessionId: Uuid | null;
}

/** Folds a run of events to one change a movement, in the order of the events. */
export function foldMovements(events: readonly EdgeEvent[]): MovementChange[] {
  const changes = new Map<Uuid, MovementChange>();
  for (const { at, quality, body } of events) {
    if (body.type !== "decision.made" && body.type !== "movement.recorded") continue;
    const held = changes.get(body.movement_id) ?? begin(body, quality, at);
    changes.set(held.id, held);
    if (body.type === "decision.made") held.decision = body;
    else held.record = body;
    held.sessionId = body.session_id ?? held.sessionId;
  }
  return [...changes.values()];
}

function begin(
  body: EdgeEventBodyOf<"decision.made"> | EdgeEventBodyOf<"movement.recorded">,
  quality: ClockQuality,
  at: number,
): MovementChange {
  return {
    id: body.movement_id,
    laneId: body.lane_id,
    direction: body.direction,
    quality,
    at: body.type === "decision.made" ? at : body.began_at,
    decision: null,
    record: null,
    sessionId: null,
  };
}

/** The plate as the gate took it: the matched one, else the normalised read, else a plate typed in by hand. */
export function plateOf({ decision, record }: MovementChange): string | null {
  if (record?.plate) return record.plate;
  const read = decision?.read;
  if (read) return read.matched ?? read.normalised;
  return decision?.credential?.kind === "plate" ? decision.credential.value : null;
}
