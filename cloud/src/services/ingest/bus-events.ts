import type { EdgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { toIso, wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { toMajor } from "@gatehouse/shared/kit/money.ts";
import type { BusEvent } from "../../events/publish.ts";
import { durationSeconds } from "../sessions/session.ts";
import type { OpenedSession, SessionChange, TakenPayment } from "./session-changes.ts";
import type { SessionFacts, WrittenSessions } from "./write-sessions.ts";

export interface Run {
  readonly lotId: Uuid;
  /** The lot's. */
  readonly currency: string;
  readonly events: readonly EdgeEvent[];
  readonly sessions: readonly SessionChange[];
  readonly written: WrittenSessions;
}

/** What the bus is told of a run of events, in their order; first of earlier sessions that gave way to a new one. */
export function busEventsOf(run: Run): BusEvent[] {
  const { lotId, events, sessions, written } = run;
  const superseded = written.superseded.map((one) =>
    exitOf(lotId, one, { exitedAt: one.endedAt, laneId: null, feeMinor: 0, currency: one.currency }),
  );
  const gaveWay = new Map(sessions.map((change) => [change.id, change.supersedes]));
  return [...superseded, ...events.flatMap((event) => toldOf(event, { run, gaveWay }))];
}

interface Told {
  readonly run: Run;
  /** By the id of a session: the one that gave way to it within the run. */
  readonly gaveWay: ReadonlyMap<Uuid, SessionChange | null>;
}

function toldOf({ at, body }: EdgeEvent, { run, gaveWay }: Told): BusEvent[] {
  const { lotId } = run;
  switch (body.type) {
    case "session.opened": {
      const earlier = gaveWay.get(body.session_id);
      return [...(earlier ? gaveWayExit(run, earlier) : []), entryOf(lotId, body)];
    }
    case "session.voided": {
      const { session_id, reason } = body;
      const payload = { timestamp: toIso(wallMs(at)), parking_lot_id: lotId, session_id, reason };
      return [{ topic: "parking.entries.voided", payload }];
    }
    case "session.closed": {
      const { session_id: id, exited_at: exitedAt, lane_id: laneId, fee_minor: feeMinor, currency } = body;
      const facts = run.written.facts.get(id) ?? { id, plate: null, enteredAt: exitedAt };
      return [exitOf(lotId, facts, { exitedAt, laneId, feeMinor, currency })];
    }
    case "payment.taken":
      return [paymentOf(body, at)];
    case "payment.automatic":
    case "validation.used":
    case "session.resumed":
    case "decision.made":
    case "movement.recorded":
    case "lane.changed":
    case "lane.overridden":
    case "alarm.raised":
    case "spot.sensed":
      return [];
  }
}

function entryOf(lotId: Uuid, opened: OpenedSession): BusEvent {
  return {
    topic: "parking.entries",
    payload: {
      timestamp: toIso(wallMs(opened.entered_at)),
      license_plate: opened.plate ?? "",
      parking_lot_id: lotId,
      entry_point_id: opened.lane_id,
      session_id: opened.session_id,
    },
  };
}

function paymentOf(taken: TakenPayment, at: number): BusEvent {
  return {
    topic: "payments.processed",
    payload: {
      timestamp: toIso(wallMs(at)),
      payment_id: taken.payment_id,
      amount: toMajor({ amountMinor: taken.amount_minor, currency: taken.currency }),
      currency: taken.currency,
      payment_method: taken.method,
      user_id: null,
      session_id: taken.session_id,
    },
  };
}

/** The exit of a session that ended only because its plate came in again; its real end, if told later, tells itself. */
function gaveWayExit(
  { lotId, currency }: Pick<Run, "lotId" | "currency">,
  { id, opened, end }: SessionChange,
): BusEvent[] {
  if (!opened || end?.status !== "closed" || end.closed) return [];
  const session = { id, plate: opened.plate, enteredAt: opened.entered_at };
  return [exitOf(lotId, session, { exitedAt: end.at, laneId: null, feeMinor: 0, currency })];
}

interface Exit {
  readonly exitedAt: number;
  readonly laneId: Uuid | null;
  readonly feeMinor: number;
  readonly currency: string;
}

function exitOf(lotId: Uuid, session: SessionFacts, exit: Exit): BusEvent {
  return {
    topic: "parking.exits",
    payload: {
      timestamp: toIso(wallMs(exit.exitedAt)),
      license_plate: session.plate ?? "",
      parking_lot_id: lotId,
      exit_point_id: exit.laneId,
      session_id: session.id,
      duration_seconds: durationSeconds(new Date(session.enteredAt), new Date(exit.exitedAt)),
      fee: toMajor({ amountMinor: exit.feeMinor, currency: exit.currency }),
      currency: exit.currency,
    },
  };
}
