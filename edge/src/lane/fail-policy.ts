import type { PaymentTaken } from "../decision/decision-desk.ts";
import { admit } from "./grants.ts";
import type { OfferedCredential } from "./lane-control.ts";
import type { Turn } from "./machine-types.ts";
import { change, credentialValue, emit, raiseAlarm, show } from "./turn.ts";

export interface Failure {
  readonly ticket: number;
  readonly credential: OfferedCredential;
  readonly code: string;
  /** Money that was taken and could not be booked. */
  readonly payment: PaymentTaken | null;
  /** Whether the same read is tried again while its vehicle waits, so that nobody waits for the camera's next picture. */
  readonly retry: boolean;
}

/**
 * What the lane does without a decision: an exit opens and keeps a record of what may be owed, an entry stays shut and
 * says why, unless the lot's policy says otherwise (SAFE-18).
 */
export function failOpen(turn: Turn, { ticket, credential, code, payment, retry }: Failure): void {
  const { direction, fail } = turn.policy;
  raiseAlarm(turn, "decision_failed", `No decision for a vehicle at this ${direction}: ${code}.`);
  emit(turn, { kind: "journal", entry: "lane.fail_policy", data: { ticket, code, direction, ...fail } });
  const opens = direction === "exit" ? fail.exit === "open" : fail.entry === "open";
  if (opens || payment !== null) emit(turn, { kind: "owe", debt: { ticket, credential, reason: code, payment } });
  if (opens) {
    show(turn, "lane.fail_open");
    admit(turn, { origin: "fail_open", ticket, movementId: null, value: credentialValue(credential) });
    return;
  }
  show(turn, direction === "exit" ? "lane.call_operator" : "lane.fail_closed");
  const value = credentialValue(credential);
  const last = { value, at: turn.now, credential, movementId: null };
  const again = retry ? [{ credential, value, at: turn.now }] : [];
  const others = turn.state.reads.filter((one) => one.value !== value);
  change(turn, { approach: { at: "waiting", since: turn.now, last }, reads: [...again, ...others] });
}
