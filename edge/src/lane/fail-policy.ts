import type { PaymentTaken } from "../decision/decision-desk.ts";
import type { Vehicle } from "./approach-types.ts";
import { callOperator } from "./call.ts";
import { admit } from "./grants.ts";
import type { OfferedCredential } from "./lane-control.ts";
import type { Turn } from "./machine-types.ts";
import { keepRead } from "./pending-reads.ts";
import { change, credentialValue, emit, raiseAlarm, show, valuesOf } from "./turn.ts";

export interface Failure {
  readonly ticket: number;
  /** The request may still be answered. */
  readonly late: boolean;
  readonly vehicle: Vehicle;
  /** Null when nothing was read of the vehicle. */
  readonly credential: OfferedCredential | null;
  readonly askedAt?: Turn["now"];
  readonly issued?: boolean;
  readonly code: string;
  /** Money that was taken and could not be booked. */
  readonly payment: PaymentTaken | null;
}

/**
 * What the lane does without a decision: an exit opens and keeps a record of what may be owed, an entry stays shut and
 * says why, unless the lot's policy says otherwise (SAFE-18). The record takes the vehicle's movement with it.
 */
export function failOpen(turn: Turn, failure: Failure): void {
  const { ticket, late, vehicle, credential, code, payment } = failure;
  const { fail } = turn.policy;
  const { direction } = turn.state;
  raiseAlarm(turn, "decision_failed", `No decision for a vehicle at this ${direction}: ${code}.`);
  emit(turn, { kind: "journal", entry: "lane.fail_policy", data: { ticket, code, direction, ...fail } });
  const opens = direction === "exit" ? fail.exit === "open" : fail.entry === "open";
  const owed = opens || payment !== null;
  const { movementId } = vehicle;
  if (owed) emit(turn, { kind: "owe", debt: { ticket, direction, credential, reason: code, payment, movementId } });
  if (opens) {
    show(turn, "lane.fail_open");
    const values = valuesOf(vehicle, credential);
    return admit(turn, { origin: "fail_open", ticket, late, owed, movementId: null, values });
  }
  staysShut(turn, failure, owed);
}

function staysShut(turn: Turn, failure: Failure, owed: boolean): void {
  const { ticket, late, vehicle, credential, askedAt = turn.now, issued = false } = failure;
  const atExit = turn.state.direction === "exit";
  show(turn, atExit ? "lane.call_operator" : "lane.fail_closed");
  if (owed && !late) emit(turn, { kind: "owed", ticket, outcome: "backed_out" });
  const known = owed && !late ? { ...vehicle, movementId: null } : vehicle;
  const answer = credential && { credential, at: turn.now, ask: null };
  const waitsFor = late && credential ? { ticket, credential, askedAt, owed } : null;
  change(turn, { approach: { at: "waiting", vehicle: known, answer, late: waitsFor } });
  // The same read is tried again while its vehicle waits, so that nobody waits for the camera's next picture.
  if (credential && failure.payment === null)
    keepRead(turn, { credential, value: credentialValue(credential), at: turn.now, issued });
  if (atExit && !vehicle.called) callOperator(turn, failure.code);
}
