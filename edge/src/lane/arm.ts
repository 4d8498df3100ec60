import { later } from "@gatehouse/shared/kit/clock.ts";
import type { Grant, Turn } from "./machine-types.ts";
import { change, clearAlarm, emit, nextId, raiseAlarm, standsOpen } from "./turn.ts";

/** From a refused or failed close to the next try, ms; every try is a journal record. */
export const CLOSE_RETRY_MS = 1_000;

/** Lets one vehicle through: raises the arm unless it is up already. */
export function vend(turn: Turn, grant: Grant): void {
  change(turn, { grants: [...turn.state.grants, grant] });
  raiseArm(turn, grant.id);
}

/** Sends the arm up under an id of its own. An arm that is up or on its way stays as it is (one vend, one motion). */
export function raiseArm(turn: Turn, grant: string): void {
  const { arm, mode } = turn.state;
  if (mode.kind === "maintenance") return; // SAFE-22
  if (arm.at === "open") return change(turn, { arm: { ...arm, quietSince: turn.now, vended: true } });
  if (arm.at === "opening") return;
  const notAfter = later(turn.now, turn.policy.timings.grant_life_ms);
  change(turn, { arm: { at: "opening", since: turn.now } });
  emit(turn, { kind: "device", command: { kind: "open", grant, notAfter } });
}

/** A raise takes two pulses of `travel_max_ms` each; one that has not arrived after this is given up, ms. */
export const RAISE_GIVEN_UP_AFTER = 3;

/**
 * Gives up a raise that did not arrive, so that the next vehicle or hand gets a new one: a board or a motor that was gone
 * comes back, and a latch against lowering never keeps an arm from going up (SAFE-18). A lane that is held open asks again
 * by itself.
 */
export function expireRaise(turn: Turn): void {
  const { arm, mode, sensed } = turn.state;
  const isLate =
    arm.at === "opening" && turn.now - arm.since >= RAISE_GIVEN_UP_AFTER * turn.policy.timings.travel_max_ms;
  if (isLate && sensed.position !== "up")
    change(turn, { arm: { at: sensed.position === "down" ? "shut" : "starting" } });
  if (mode.kind === "held_open" && sensed.blocked === null && turn.state.arm.at === "shut")
    raiseArm(turn, nextId(turn));
}

/** Something spoke against closing: the delay starts anew. */
export function disturb(turn: Turn): void {
  if (turn.state.arm.at === "open") change(turn, { arm: { ...turn.state.arm, quietSince: turn.now } });
}

/** Follows what the limit inputs say, also when nobody asked the arm to move. */
export function followPosition(turn: Turn): void {
  const { arm, sensed } = turn.state;
  switch (sensed.position) {
    case "unknown":
      if (arm.at !== "starting") change(turn, { arm: { at: "starting" } });
      return;
    case "down":
      if (arm.at === "opening" || arm.at === "shut") return;
      clearAlarm(turn, "arm_moved");
      return change(turn, { arm: { at: "shut" } });
    case "up":
      if (arm.at === "shut") raiseAlarm(turn, "arm_moved", "The arm went up without a command.");
      if (arm.at === "shut" || arm.at === "starting") foundOpen(turn);
      return;
    case "stopped":
      if (sensed.blocked !== null || (arm.at !== "starting" && arm.at !== "open")) return;
      change(turn, { arm: { at: "starting" } });
      return raiseArm(turn, nextId(turn)); // to a limit, where its position is known (SAFE-09)
    case "raising":
    case "lowering":
      return;
  }
}

function foundOpen(turn: Turn): void {
  change(turn, { arm: { at: "open", quietSince: turn.now, vended: false } });
}

/** The guard says that the arm is up. */
export function opened(turn: Turn): void {
  if (turn.state.arm.at === "open" || turn.state.arm.at === "shut") return;
  change(turn, { arm: { at: "open", quietSince: turn.now, vended: true } });
}

/**
 * The guard took a close back or did not start it; the next one is a new cause with a record of its own (SAFE-05). It is
 * not tried before `waitMs` are over, unless a vehicle passes or a hand asks meanwhile.
 */
export function closeUndone(turn: Turn, waitMs = CLOSE_RETRY_MS): void {
  if (turn.state.arm.at !== "closing") return;
  const quietSince = later(turn.now, Math.max(waitMs, CLOSE_RETRY_MS));
  change(turn, { arm: { at: "open", quietSince, vended: true } });
}

/** The arm is on its way up again although nobody vended. */
export function reversed(turn: Turn): void {
  change(turn, { arm: { at: "opening", since: turn.now } });
}

/** Asks for the record of a close when nothing speaks against it. */
export function considerClose(turn: Turn): void {
  const { arm, mode } = turn.state;
  if (arm.at !== "open" || mode.kind === "maintenance" || standsOpen(turn.state)) return;
  if (closeObstacle(turn) !== null || turn.now - arm.quietSince < turn.policy.timings.close_delay_ms) return;
  beginClose(turn);
}

/** Asks for the durable record that a close needs (SAFE-20). */
export function beginClose(turn: Turn): void {
  const record = nextId(turn);
  change(turn, { arm: { at: "closing", record, since: turn.now, sent: false } });
  emit(turn, { kind: "record_close", record });
}

/** What speaks against lowering the arm, in a word for people; null when nothing does. The guard asks its own questions. */
export function closeObstacle({ state }: Turn): string | null {
  if (state.sensed.hazard !== null) return state.sensed.hazard;
  if (state.sensed.closing === "occupied") return "closing";
  if (state.crossings.length > 0) return "vehicle_passing";
  return state.grants.length > 0 ? "vehicle_admitted" : null;
}

/** The record of a close is durable: now it may be sent, if it is still wanted (SAFE-20). */
export function closeRecorded(turn: Turn, record: string): void {
  const { arm } = turn.state;
  if (arm.at !== "closing" || arm.record !== record) return;
  if (closeObstacle(turn) !== null || standsOpen(turn.state) || turn.state.mode.kind === "maintenance")
    return closeUndone(turn);
  clearAlarm(turn, "store_failed");
  change(turn, { arm: { ...arm, sent: true } });
  emit(turn, { kind: "device", command: { kind: "close", record } });
}

/** The record of a close could not be made durable: the arm stays up. */
export function closeUnrecorded(turn: Turn, record: string, code: string): void {
  const { arm } = turn.state;
  if (arm.at !== "closing" || arm.record !== record) return;
  raiseAlarm(turn, "store_failed", `The arm stays up: its close could not be recorded (${code}).`);
  closeUndone(turn);
}
