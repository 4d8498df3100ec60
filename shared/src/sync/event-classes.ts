import type { EdgeEventType } from "../contracts/mqtt/events.ts";

/** What an event tells of; all but telemetry is kept for as long as the store takes anything at all (SYNC-14). */
export type EventClass = "session" | "payment" | "gate_motion" | "audit" | "telemetry";

/**
 * The class of each event. Telemetry is only what the next event of its kind says again, and what carries nothing of
 * stays, money, barriers or the hands on them. An alarm is audit: some tell of money that is to be paid back.
 */
const CLASSES: Readonly<Record<EdgeEventType, EventClass>> = {
  "decision.made": "audit",
  "movement.recorded": "gate_motion",
  "session.opened": "session",
  "session.resumed": "session",
  "session.voided": "session",
  "session.closed": "session",
  "payment.taken": "payment",
  "payment.automatic": "payment",
  "validation.used": "payment",
  "lane.changed": "gate_motion",
  "lane.overridden": "audit",
  "alarm.raised": "audit",
  "spot.sensed": "telemetry",
};

/** What an event of this type tells of. */
export function eventClass(type: EdgeEventType): EventClass {
  return CLASSES[type];
}
