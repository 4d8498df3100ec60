import type { EdgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { toIso, wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { BusEvent } from "../../events/publish.ts";
import { digitsOf } from "./minor-digits.ts";
import type { SessionChange } from "./session-changes.ts";
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
export function busEventsOf({ lotId, currency, events, sessions, written }: Run): BusEvent[] {
  const told: BusEvent[] = written.superseded.map((one) =>
    exitOf(lotId, one, { exitedAt: one.endedAt, laneId: null, feeMinor: 0, currency: one.currency }),
  );
  const gaveWay = new Map(sessions.map((change) => [change.id, change.supersedes]));
  for (const { at, body } of events) {
    switch (body.type) {
      case "session.opened": {
        const earlier = gaveWay.get(body.session_id);
        if (earlier) told.push(...gaveWayExit({ lotId, currency }, earlier));
        told.push({
          topic: "parking.entries",
          payload: {
            timestamp: toIso(wallMs(body.entered_at)),
            license_plate: body.plate ?? "",
            parking_lot_id: lotId,
            entry_point_id: body.lane_id,
            session_id: body.session_id,
          },
        });
        break;
      }
      case "session.voided":
        told.push({
          topic: "parking.entries.voided",
          payload: {
            timestamp: toIso(wallMs(at)),
            parking_lot_id: lotId,
            session_id: body.session_id,
            reason: body.reason,
          },
        });
        break;
      case "session.closed": {
        const facts = written.facts.get(body.session_id) ?? {
          id: body.session_id,
          plate: null,
          enteredAt: body.exited_at,
        };
        const { exited_at: exitedAt, lane_id: laneId, fee_minor: feeMinor } = body;
        told.push(exitOf(lotId, facts, { exitedAt, laneId, feeMinor, currency: body.currency }));
        break;
      }
      case "payment.taken":
        told.push({
          topic: "payments.processed",
          payload: {
            timestamp: toIso(wallMs(at)),
            payment_id: body.payment_id,
            amount: major(body.amount_minor, body.currency),
            currency: body.currency,
            payment_method: body.method,
            user_id: null,
            session_id: body.session_id,
          },
        });
        break;
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
  return told;
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
      duration_seconds: Math.max(0, Math.round((exit.exitedAt - session.enteredAt) / 1_000)),
      fee: major(exit.feeMinor, exit.currency),
      currency: exit.currency,
    },
  };
}

function major(amountMinor: number, currency: string): number {
  return amountMinor / 10 ** digitsOf(currency);
}
