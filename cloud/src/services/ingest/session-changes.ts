import type { EdgeEvent, EdgeEventBodyOf } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

export type OpenedSession = EdgeEventBodyOf<"session.opened">;
export type ClosedSession = EdgeEventBodyOf<"session.closed">;
export type TakenPayment = EdgeEventBodyOf<"payment.taken">;

/** How a stay ended; the last end that the edge told of counts. */
export type SessionEnd =
  | { readonly status: "voided"; readonly reason: string; readonly at: number }
  | { readonly status: "closed"; readonly reason: string; readonly at: number; readonly closed: ClosedSession | null };

/** What a run of events amounts to for one session. */
export interface SessionChange {
  readonly id: Uuid;
  /** Set when the session was opened within the run. */
  opened: OpenedSession | null;
  end: SessionEnd | null;
  /** Payments that the end does not include. */
  paidMinor: number;
  hasPayment: boolean;
  /** The session that gave way to this one within the run. */
  supersedes: SessionChange | null;
  /** When the run first tells of it, ms: the moment of a payment, or of the end. */
  readonly firstAt: number;
}

/**
 * Folds a run of events to one change a session, in the order of the events, so that the same rows result whether the
 * events came in one run or in many. A plate is in a lot once: opening a session ends an earlier open one of its plate.
 */
export function foldSessions(events: readonly EdgeEvent[]): SessionChange[] {
  const changes = new Map<Uuid, SessionChange>();
  const openByPlate = new Map<string, SessionChange>();
  const changeOf = (id: Uuid, at: number): SessionChange => {
    const held = changes.get(id);
    if (held) return held;
    const fresh: SessionChange = {
      id,
      opened: null,
      end: null,
      paidMinor: 0,
      hasPayment: false,
      supersedes: null,
      firstAt: at,
    };
    changes.set(id, fresh);
    return fresh;
  };
  for (const { at, body } of events) {
    switch (body.type) {
      case "session.opened":
        open(changeOf(body.session_id, at), body, openByPlate);
        break;
      case "session.voided":
        changeOf(body.session_id, at).end = { status: "voided", reason: body.reason, at };
        break;
      case "session.closed":
        close(changeOf(body.session_id, body.exited_at), body);
        break;
      case "payment.taken":
        pay(changeOf(body.session_id, at), body);
        break;
      case "payment.automatic":
      case "validation.used":
      case "session.resumed":
      case "decision.made":
      case "movement.recorded":
      case "lane.changed":
      case "lane.overridden":
      case "alarm.raised":
      case "spot.sensed":
        break;
    }
  }
  return [...changes.values()];
}

function open(change: SessionChange, opened: OpenedSession, openByPlate: Map<string, SessionChange>): void {
  change.opened = opened;
  if (opened.plate === null) return;
  const earlier = openByPlate.get(opened.plate);
  if (earlier && earlier !== change && !earlier.end) {
    earlier.end = { status: "closed", reason: "superseded", at: opened.entered_at, closed: null };
    change.supersedes = earlier;
  }
  openByPlate.set(opened.plate, change);
}

/** The edge's sum at the end includes what was paid before it. */
function close(change: SessionChange, closed: ClosedSession): void {
  change.end = { status: "closed", reason: closed.reason, at: closed.exited_at, closed };
  change.paidMinor = 0;
}

function pay(change: SessionChange, taken: TakenPayment): void {
  change.paidMinor += taken.amount_minor;
  change.hasPayment = true;
}
