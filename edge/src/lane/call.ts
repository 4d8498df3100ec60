import type { PeripheralReport } from "../peripherals/messages.ts";
import type { Turn } from "./machine-types.ts";
import { change, emit, nextId, refuse, show } from "./turn.ts";

/** Calls an operator for the vehicle on the loop, unless a call is open. */
export function callOperator(turn: Turn, reason: string): void {
  const { approach, call } = turn.state;
  if (approach.at === "waiting")
    change(turn, { approach: { ...approach, vehicle: { ...approach.vehicle, called: true } } });
  if (call !== null) return;
  const callId = nextId(turn);
  change(turn, { call: callId });
  emit(turn, { kind: "peripheral", command: { kind: "call_operator", callId, reason } });
}

/** A call whose driver was let in or out, or drove away, is over. */
export function endSolvedCall(turn: Turn): void {
  const { call } = turn.state;
  if (call === null || !isSolved(turn)) return;
  change(turn, { call: null });
  emit(turn, { kind: "peripheral", command: { kind: "end_call", callId: call } });
}

/** Where the arming loop is not known, nobody can be seen to drive away. */
function isSolved({ state }: Turn): boolean {
  const { approach, sensed, grants, crossings } = state;
  if (approach.at === "empty") return sensed.arming !== "unknown" || grants.length + crossings.length > 0;
  return approach.at === "admitted" || approach.at === "tail";
}

/** What the intercom says of the call. */
export function callChanged(turn: Turn, { callId, state }: Extract<PeripheralReport, { kind: "call" }>): void {
  if (turn.state.call !== callId) return refuse(turn, "peripheral_call", "no_such_call");
  emit(turn, { kind: "journal", entry: "lane.call", data: { callId, state } });
  if (state !== "ended" && state !== "failed") return;
  change(turn, { call: null });
  if (state === "failed") show(turn, "lane.nobody_answers");
}
