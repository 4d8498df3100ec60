import type { EdgeEvent, EdgeEventBody } from "../contracts/mqtt/events.ts";
import { DAY_MS } from "../kit/durations.ts";

/** A moment of one run of an edge in both its clocks: monotonic, and wall time that can be trusted; ms. */
export interface Anchor {
  readonly at: number;
  readonly mono: number;
}

/**
 * An event of a run whose clock nobody vouched for, with its times as the anchor of that run shows them (SYNC-13). Times in
 * the body move with it as far as the same clock can have made them: not before the run's monotonic zero, and at most a day
 * after the event. The order of events is by number and does not change. Quality stays as it was told.
 */
export function anchorEvent(event: EdgeEvent, anchor: Anchor): EdgeEvent {
  const at = Math.max(0, anchor.at + (event.mono - anchor.mono));
  const zero = event.at - event.mono;
  const shift = (time: number): number =>
    time < zero || time > event.at + DAY_MS ? time : Math.max(0, time + (at - event.at));
  return { ...event, at, body: shiftBody(event.body, shift) };
}

function shiftBody(body: EdgeEventBody, shift: (time: number) => number): EdgeEventBody {
  switch (body.type) {
    case "decision.made":
      return body.read ? { ...body, read: { ...body.read, received_at: shift(body.read.received_at) } } : body;
    case "movement.recorded":
      return { ...body, began_at: shift(body.began_at), ended_at: shift(body.ended_at) };
    case "session.opened":
      return { ...body, entered_at: shift(body.entered_at) };
    case "session.closed":
      return { ...body, exited_at: shift(body.exited_at) };
    case "payment.taken":
      return { ...body, paid_until: body.paid_until === null ? null : shift(body.paid_until) };
    default:
      return body;
  }
}
