import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { Vehicle } from "./approach-types.ts";
import type { OfferedCredential } from "./lane-control.ts";
import type { Awaited, LaneEffect, LaneState, Mode, Turn } from "./machine-types.ts";

/** Alarms that a lane keeps; the contract of telemetry has the same limit. */
const MAX_ALARMS = 16;
/** Decisions awaited for vehicles that are gone; at the limit nothing new is asked, and hands open without the desk. */
export const MAX_AWAITED = 8;

/** Changes part of the lane's state within this turn. */
export function change(turn: Turn, part: Partial<LaneState>): void {
  turn.state = { ...turn.state, ...part };
}

/** Adds what the shell has to do after this turn, in order. */
export function emit(turn: Turn, effect: LaneEffect): void {
  turn.effects.push(effect);
}

/** A number that was not used before in this run. */
export function nextSeq(turn: Turn): number {
  change(turn, { seq: turn.state.seq + 1 });
  return turn.state.seq;
}

/** An id that was never used before, also not by an earlier run. */
export function nextId(turn: Turn): string {
  return `${turn.state.boot}:${nextSeq(turn)}`;
}

/** Records an event that the present state has no use for. */
export function refuse(turn: Turn, event: string, reason: string): void {
  emit(turn, { kind: "refused", event, reason });
}

/** Sets the display's text, by key, and an amount with it. */
export function show(turn: Turn, key: string, amount: LaneState["display"]["amount"] = null): void {
  change(turn, { display: { key, amount } });
}

/** Raises an alarm once, until it is cleared. */
export function raiseAlarm(turn: Turn, code: string, detail: string): void {
  if (turn.state.alarms.includes(code)) return;
  change(turn, { alarms: [...turn.state.alarms, code].slice(-MAX_ALARMS) });
  emit(turn, { kind: "alarm", code, detail });
}

/** Ends an alarm; one that isn't raised stays so. */
export function clearAlarm(turn: Turn, code: string): void {
  if (!turn.state.alarms.includes(code)) return;
  change(turn, { alarms: turn.state.alarms.filter((one) => one !== code) });
}

/** Whether the arm is up by a hand, a fire or a fault, so that vehicles pass without a vend. */
export function standsOpen(state: LaneState): boolean {
  const { kind } = state.mode;
  return kind === "held_open" || kind === "emergency_open" || kind === "fault";
}

/** Whether the mode lets vehicles be decided on at all. */
export function takesVehicles(mode: Mode): boolean {
  return mode.kind !== "locked" && mode.kind !== "maintenance";
}

/** What the credential is known by: the plate as the rules compare it, else what the reader gave. */
export function credentialValue({ kind, value, read }: OfferedCredential): string {
  return kind === "plate" ? (read?.normalised ?? value) : value;
}

/** A vehicle of which nothing is known but that it stands there. */
export function strangerSince(since: MonoMs): Vehicle {
  return { since, movementId: null, plate: null, letGo: false, prompted: false, called: false };
}

/** All that a vehicle is known by, its plate first, so that a repeated read of it is told from the next vehicle's. */
export function valuesOf(vehicle: Vehicle, credential: OfferedCredential | null): readonly string[] {
  const values = [vehicle.plate, credential].flatMap((one) => (one === null ? [] : [credentialValue(one)]));
  return [...new Set(values)];
}

/** Remembers how a movement ends whose decision is still on its way. */
export function awaitGone(turn: Turn, gone: Awaited): void {
  change(turn, { awaited: [...turn.state.awaited, gone] });
}
