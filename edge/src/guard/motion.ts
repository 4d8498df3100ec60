import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { MAX_REVERSALS } from "../lane/interlocks.ts";
import type { Relay } from "../ports/barrier/barrier-port.ts";
import type { LatchCause, RaiseCause } from "./guard-reports.ts";
import { type GuardEvent, type GuardState, type Motion, NO_FALLS, RESTING } from "./guard-state.ts";
import { type GuardTurn, update } from "./guard-turn.ts";
import { signalNow } from "./sensed.ts";

/** Longest wait for the arm before the raise is given up: pulses of one raise. */
const MAX_RAISE_PULSES = 2;
/** How long an arm may be off its limit though nobody asked, ms: a limit switch flutters in the wind. */
export const ARM_MOVED_MS = 200;
/** How often it may be within `FALLS_WITHIN_MS`: somebody raises it each time, and it comes down again. */
export const MAX_FALLS = 3;
export const FALLS_WITHIN_MS = 60_000;

/** From a relay that its board refused to the next try, ms; a board that is back has the arm rise within 250 ms (SAFE-04). */
export const RELAY_RETRY_MS = 50;

type Resting = Extract<Motion, { kind: "resting" }>;
type Raising = Extract<Motion, { kind: "raising" }>;
type Lowering = Extract<Motion, { kind: "lowering" }>;

/**
 * Sends the arm up. While no relay may be on it stays where it is; what has latched is raised later, by `keepUp`. A command
 * whose relay is refused is void after `notAfter`; every other cause stands until the arm is up.
 */
export function raise(turn: GuardTurn, cause: RaiseCause, notAfter: MonoMs | null = null): void {
  if (turn.state.view.blocked !== null) return;
  const motion = {
    kind: "raising",
    since: turn.now,
    cause,
    pulseDone: false,
    tries: 1,
    refusedAt: null,
    notAfter,
  } as const;
  update(turn, { motion, lastMotionAt: turn.now, raisedAt: turn.now });
  turn.reports.push({ kind: "raising", cause });
}

/** Keeps the arm up until a reset at the lot. */
export function latch(turn: GuardTurn, cause: LatchCause): void {
  if (turn.state.latch !== null) return;
  update(turn, { latch: cause, closeAsked: null });
  turn.reports.push({ kind: "latched", cause });
  const isSeenTo = turn.state.view.position === "up" || cause === "not_opened" || cause === "relay_failed";
  if (!isSeenTo) raise(turn, "latch");
}

/**
 * A relay that its board refused, or a pulse that was lost with it, was not given (SAFE-04): the raise begins anew as soon as
 * the board takes it. An arm that comes down is raised, whichever relay it was: without its board it could not be reversed.
 * A board that is there and refuses has a fault, which latches; one that is away comes back.
 */
export function relayFailed(turn: GuardTurn, { kind, relay }: Extract<GuardEvent, { relay: Relay }>): void {
  const { motion } = turn.state;
  const isRaise = motion.kind === "raising" && relay === "up";
  if (kind === "relay_lost" && !isRaise && motion.kind !== "lowering") return;
  if (isRaise) update(turn, { motion: { ...motion, since: turn.now, refusedAt: turn.now, pulseDone: false } });
  if (!isRaise || motion.refusedAt === null) turn.reports.push({ kind: "fault", code: "relay_failed" });
  if (motion.kind === "lowering") reverse(turn, kind);
  if (kind === "relay_failed") latch(turn, "relay_failed");
}

/** Whether the relay of a raise waits for its next try. */
export function isRefused({ refusedAt }: Raising, now: MonoMs): boolean {
  return refusedAt !== null && now - refusedAt < RELAY_RETRY_MS;
}

/** Carries a motion on by what the inputs and the time say. */
export function progress(turn: GuardTurn): void {
  const { motion } = turn.state;
  if (turn.state.view.blocked !== null) return giveUp(turn);
  switch (motion.kind) {
    case "resting":
      return progressRest(turn, motion);
    case "raising":
      return progressRaise(turn, motion);
    case "lowering":
      return progressLower(turn, motion);
    default:
      return assertNever(motion);
  }
}

/** No relay may be on any more: what was begun ends where it is (SAFE-19). */
function giveUp(turn: GuardTurn): void {
  const { motion, view } = turn.state;
  if (view.blocked !== null && motion.kind !== "resting") turn.reports.push({ kind: "stopped", cause: view.blocked });
  if (motion !== RESTING) update(turn, { motion: RESTING });
  if (turn.state.raisedAt !== null) update(turn, { raisedAt: null });
}

/** An arm that leaves its upper limit though both relays are off: a welded relay, or a controller of its own will (SAFE-11). */
function progressRest(turn: GuardTurn, motion: Resting): void {
  const { position } = turn.state.view;
  if (position === "up" && (!motion.wasUp || motion.leftAt !== null))
    update(turn, { motion: { kind: "resting", wasUp: true, leftAt: null } });
  else if (position === "unknown" && motion.wasUp) update(turn, { motion: RESTING });
  else if (position !== "up" && motion.wasUp) watchFall(turn, motion);
  if (turn.state.motion.kind === "resting") keepUp(turn);
}

function watchFall(turn: GuardTurn, motion: Resting): void {
  if (motion.leftAt === null) update(turn, { falls: countFall(turn) });
  const leftAt = motion.leftAt ?? turn.now;
  if (turn.now - leftAt < ARM_MOVED_MS && turn.state.falls.count < MAX_FALLS)
    return update(turn, { motion: { ...motion, leftAt } });
  update(turn, { motion: RESTING, falls: NO_FALLS });
  turn.reports.push({ kind: "fault", code: "arm_moved" });
  latch(turn, "arm_moved");
}

function countFall({ state: { falls }, now }: GuardTurn): GuardState["falls"] {
  const first = falls.count === 0 || now - falls.at > FALLS_WITHIN_MS;
  return first ? { count: 1, at: now } : { count: falls.count + 1, at: falls.at };
}

/**
 * Fire, an arm that falls by itself, and one that a failed relay has left on its way, are raised again as often as it takes,
 * but never faster than the arm travels.
 */
function keepUp(turn: GuardTurn): void {
  const { fire, latch: latched, view, raisedAt } = turn.state;
  if (view.position === "up") return;
  if (isOverSomething(turn)) {
    update(turn, { isReversed: true });
    return raise(turn, "hazard");
  }
  const isOff = latched === "arm_moved" || (latched === "relay_failed" && view.position !== "down");
  if (!fire && !isOff) return;
  const rested = raisedAt === null || turn.now - raisedAt >= turn.policy.timings.travel_max_ms;
  if (rested) raise(turn, fire ? "fire" : "latch");
}

/**
 * An arm that rests between its ends though nobody asked, with a hazard below: it may still be coming down, by a pulse that
 * the last run of this agent or the other one of a pair has given, or after a lower limit that was none (SAFE-04). A raise
 * that doesn't arrive latches, so this happens once; only an arm that falls by itself is raised each time.
 */
function isOverSomething({ state: { view, latch: latched, inputs }, now }: GuardTurn): boolean {
  if (view.position !== "stopped" || view.hazard === null) return false;
  if (latched !== null && latched !== "arm_moved") return false;
  return now - Math.max(inputs.limit_up.since, inputs.limit_down.since) >= ARM_MOVED_MS;
}

function progressRaise(turn: GuardTurn, motion: Raising): void {
  const pulseDone = motion.pulseDone || pulsed(turn, turn.state.trace.up.onSince, motion.since);
  if (turn.state.view.position === "up" && pulseDone) {
    update(turn, { motion: { kind: "resting", wasUp: true, leftAt: null } });
    turn.reports.push({ kind: "opened" });
  } else if (isVoid(turn, motion)) {
    update(turn, { motion: RESTING, raisedAt: null });
  } else if (turn.now - motion.since < turn.policy.timings.travel_max_ms) {
    if (pulseDone !== motion.pulseDone) update(turn, { motion: { ...motion, pulseDone } });
  } else if (motion.tries < MAX_RAISE_PULSES) {
    update(turn, {
      motion: { ...motion, since: turn.now, pulseDone: false, refusedAt: null, tries: motion.tries + 1 },
    });
  } else {
    update(turn, { motion: RESTING, raisedAt: turn.now });
    latch(turn, "not_opened"); // SAFE-05: obstruction while raising
  }
}

/** A command that no board took in its time, of an arm that never left its lower limit (SAFE-16). */
function isVoid({ state, now }: GuardTurn, { refusedAt, notAfter }: Raising): boolean {
  return refusedAt !== null && notAfter !== null && now > notAfter && state.view.position === "down";
}

function progressLower(turn: GuardTurn, motion: Lowering): void {
  const { view } = turn.state;
  const pulseDone = motion.pulseDone || pulsed(turn, turn.state.trace.down.onSince, motion.since);
  if (view.hazard !== null) return reverse(turn, view.hazard); // SAFE-04
  if (view.position === "down") {
    update(turn, { motion: RESTING, reversals: 0 });
    turn.reports.push({ kind: "closed" });
  } else if (turn.now - motion.since >= turn.policy.timings.travel_max_ms && !isArriving(turn)) {
    reverse(turn, "not_closed");
  } else if (pulseDone !== motion.pulseDone) {
    update(turn, { motion: { ...motion, pulseDone } });
  }
}

/** At its lower limit, but not for long enough to be believed. */
function isArriving({ state: { inputs }, now, policy }: GuardTurn): boolean {
  return signalNow(inputs.limit_down, now, policy.timings.fresh_ms) === "active";
}

function reverse(turn: GuardTurn, cause: string): void {
  const reversals = turn.state.reversals + 1;
  update(turn, { reversals, isReversed: true, lastHazardAt: turn.now });
  turn.reports.push({ kind: "reversed", cause, count: reversals });
  raise(turn, "reversal");
  if (reversals < MAX_REVERSALS || turn.state.latch !== null) return;
  update(turn, { latch: "reversals" });
  turn.reports.push({ kind: "latched", cause: "reversals" });
}

function pulsed(turn: GuardTurn, onSince: MonoMs | null, motionSince: MonoMs): boolean {
  return onSince !== null && onSince >= motionSince && turn.now - onSince >= turn.policy.timings.pulse_ms;
}
