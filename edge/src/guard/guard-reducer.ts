import type { LaneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { MAX_REVERSALS, permitGreen, permitRelays, vetoClose, vetoOpen } from "../lane/interlocks.ts";
import { applyInput } from "./apply-input.ts";
import { type GuardEvent, type GuardReport, type GuardState, REMEMBERED_IDS } from "./guard-state.ts";
import { laneInputs, safetyFacts } from "./lane-inputs.ts";
import { signalNow } from "./sensed.ts";

/*
 *            open granted                 up limit
 *  resting ───────────────▶ raising ───────────────▶ resting (arm up)
 *     │                        ▲  └── no limit in travel_max, twice ─▶ latched open
 *     │ close, no veto         │ hazard, fire, open, no limit in travel_max
 *     └──────────────▶ lowering ─────────────────────▶ resting (arm down)
 *                                 down limit
 *
 *  1. What leaves here has passed `permitRelays`; this file only says what is wanted.
 *  2. The arm comes down only for a close command; the guard by itself only ever raises (SAFE-05, SAFE-20).
 *  3. `lowering` is left at the first sample of a hazard, with `raising` (SAFE-04, SAFE-12).
 *  4. A latch (fire, third reversal, arm that does not arrive) is left only by `reset`, and never into `lowering`.
 */

/** Longest wait for the arm before the raise is given up: pulses of one raise. */
const MAX_RAISE_PULSES = 2;

export interface GuardTurn {
  state: GuardState;
  readonly reports: GuardReport[];
  readonly now: MonoMs;
  readonly timings: LaneTimings;
}

/** One step of a lane's guard. Pure: what the relays must do now is in the new state's `relays` and `green`. */
export function guardStep(
  before: GuardState,
  event: GuardEvent,
  now: MonoMs,
  timings: LaneTimings,
): { readonly state: GuardState; readonly reports: readonly GuardReport[] } {
  const turn: GuardTurn = { state: before, reports: [], now, timings };
  update(turn, { inputs: applyInput(before.inputs, event, { now, freshMs: timings.fresh_ms }) });
  look(turn);
  latchFire(turn, event);
  obey(turn, event);
  progress(turn);
  if (event.kind === "tick") endTick(turn);
  drive(turn);
  look(turn);
  if (!sameView(before, turn.state)) turn.reports.push({ kind: "inputs", inputs: turn.state.view });
  return { state: turn.state, reports: turn.reports };
}

function update(turn: GuardTurn, change: Partial<GuardState>): void {
  turn.state = { ...turn.state, ...change };
}

function look(turn: GuardTurn): void {
  const view = laneInputs(turn.state, turn.now, turn.timings);
  const lastHazardAt = view.hazard === null ? turn.state.lastHazardAt : turn.now;
  update(turn, { view, lastHazardAt });
}

function latchFire(turn: GuardTurn, event: GuardEvent): void {
  if (turn.state.fire || !(turn.state.view.fire || event.kind === "fire_in_lot")) return;
  update(turn, { fire: true, closeAsked: null });
  turn.reports.push({ kind: "fire" });
  if (turn.state.view.position !== "up") raise(turn, "fire");
  look(turn);
}

function obey(turn: GuardTurn, event: GuardEvent): void {
  switch (event.kind) {
    case "open":
      return open(turn, event);
    case "close":
      return update(turn, { closeAsked: event.record });
    case "light":
      return update(turn, { greenWanted: event.green });
    case "reset":
      return reset(turn, event);
    case "relay_failed":
      turn.reports.push({ kind: "fault", code: "relay_failed" });
      return latch(turn, "relay_failed");
    case "loop":
    case "contact":
    case "limit":
    case "holds":
    case "lost":
    case "fire_in_lot":
    case "tick":
      return;
    default:
      return assertNever(event);
  }
}

function open(turn: GuardTurn, { grant, notAfter }: Extract<GuardEvent, { kind: "open" }>): void {
  const reason = vetoOpen({ used: turn.state.used.includes(grant), notAfter }, turn.now);
  if (reason !== null) {
    turn.reports.push({ kind: "vetoed", command: "open", id: grant, reason });
    return;
  }
  update(turn, { used: remember(turn.state.used, grant), openAsked: true });
  if (turn.state.view.position === "up" && turn.state.motion.kind === "resting") turn.reports.push({ kind: "opened" });
  else if (turn.state.motion.kind !== "raising") raise(turn, "command");
}

function reset(turn: GuardTurn, { id, fireInLot }: Extract<GuardEvent, { kind: "reset" }>): void {
  const fire = signalNow(turn.state.inputs.fire, turn.now, turn.timings.fresh_ms);
  if (fireInLot || fire !== "quiet") {
    turn.reports.push({ kind: "vetoed", command: "reset", id, reason: "fire" });
    return;
  }
  update(turn, { fire: false, latch: null, reversals: 0, closeAsked: null });
  turn.reports.push({ kind: "reset", id });
  look(turn);
}

function raise(turn: GuardTurn, cause: "command" | "reversal" | "fire" | "latch"): void {
  const motion = { kind: "raising", since: turn.now, cause, pulseDone: false, tries: 1 } as const;
  update(turn, { motion, lastMotionAt: turn.now });
  turn.reports.push({ kind: "raising", cause });
}

function latch(turn: GuardTurn, cause: NonNullable<GuardState["latch"]>): void {
  if (turn.state.latch !== null) return;
  update(turn, { latch: cause, closeAsked: null });
  turn.reports.push({ kind: "latched", cause });
  if (turn.state.view.position !== "up" && cause !== "not_opened") raise(turn, "latch");
}

function reverse(turn: GuardTurn, cause: string): void {
  const reversals = turn.state.reversals + 1;
  update(turn, { reversals, lastHazardAt: turn.now });
  turn.reports.push({ kind: "reversed", cause, count: reversals });
  raise(turn, "reversal");
  if (reversals < MAX_REVERSALS || turn.state.latch !== null) return;
  update(turn, { latch: "reversals" });
  turn.reports.push({ kind: "latched", cause: "reversals" });
}

function progress(turn: GuardTurn): void {
  switch (turn.state.motion.kind) {
    case "resting":
      return;
    case "raising":
      return progressRaise(turn, turn.state.motion);
    case "lowering":
      return progressLower(turn, turn.state.motion);
    default:
      return assertNever(turn.state.motion);
  }
}

function progressRaise(turn: GuardTurn, motion: Extract<GuardState["motion"], { kind: "raising" }>): void {
  const pulseDone = motion.pulseDone || pulsed(turn, turn.state.trace.up.onSince, motion.since);
  if (turn.state.view.position === "up" && pulseDone) {
    update(turn, { motion: { kind: "resting" } });
    turn.reports.push({ kind: "opened" });
  } else if (turn.now - motion.since < turn.timings.travel_max_ms) {
    if (pulseDone !== motion.pulseDone) update(turn, { motion: { ...motion, pulseDone } });
  } else if (motion.tries < MAX_RAISE_PULSES) {
    update(turn, { motion: { ...motion, since: turn.now, pulseDone: false, tries: motion.tries + 1 } });
  } else {
    update(turn, { motion: { kind: "resting" } });
    latch(turn, "not_opened"); // SAFE-05: obstruction while raising
  }
}

function progressLower(turn: GuardTurn, motion: Extract<GuardState["motion"], { kind: "lowering" }>): void {
  const { view } = turn.state;
  const pulseDone = motion.pulseDone || pulsed(turn, turn.state.trace.down.onSince, motion.since);
  if (view.hazard !== null) return reverse(turn, view.hazard); // SAFE-04
  if (view.position === "down") {
    update(turn, { motion: { kind: "resting" }, reversals: 0 });
    turn.reports.push({ kind: "closed" });
  } else if (turn.now - motion.since >= turn.timings.travel_max_ms) {
    reverse(turn, "not_closed");
  } else if (pulseDone !== motion.pulseDone) {
    update(turn, { motion: { ...motion, pulseDone } });
  }
}

function pulsed(turn: GuardTurn, onSince: MonoMs | null, motionSince: MonoMs): boolean {
  return onSince !== null && onSince >= motionSince && turn.now - onSince >= turn.timings.pulse_ms;
}

/** A close waits for the end of its tick, so that an open in the same tick is known by then (SAFE-06). */
function endTick(turn: GuardTurn): void {
  startClose(turn);
  if (turn.state.openAsked) update(turn, { openAsked: false });
}

function startClose(turn: GuardTurn): void {
  const { state, now } = turn;
  if (state.closeAsked === null) return;
  const record = state.closeAsked;
  update(turn, { closeAsked: null });
  const facts = {
    ...safetyFacts(state.view),
    ...state,
    record,
    recordUsed: state.used.includes(record),
    fire: state.fire,
  };
  const reason = vetoClose(facts, now);
  if (reason !== null) {
    turn.reports.push({ kind: "vetoed", command: "close", id: record, reason, hazard: state.view.hazard });
  } else if (state.view.position === "down") {
    turn.reports.push({ kind: "closed" });
  } else {
    const used = remember(state.used, record);
    update(turn, { used, lastMotionAt: now, motion: { kind: "lowering", since: now, record, pulseDone: false } });
    turn.reports.push({ kind: "lowering", record });
  }
}

function drive(turn: GuardTurn): void {
  const { state, now } = turn;
  const wanted = {
    up: state.motion.kind === "raising" && !state.motion.pulseDone,
    down: state.motion.kind === "lowering" && !state.motion.pulseDone,
  };
  const facts = safetyFacts(state.view);
  const { relays, trace, overrun } = permitRelays(wanted, facts, { trace: state.trace, now });
  update(turn, { relays, trace, green: permitGreen(state.greenWanted, facts, relays) });
  if (overrun === null) return;
  turn.reports.push({ kind: "fault", code: "relay_overrun" });
  if (overrun === "down") latch(turn, "relay_overrun"); // SAFE-11: open side kept
}

function remember(used: readonly string[], id: string): readonly string[] {
  return [...used.slice(1 - REMEMBERED_IDS), id];
}

function sameView({ view: a }: GuardState, { view: b }: GuardState): boolean {
  return (
    a.arming === b.arming &&
    a.safety === b.safety &&
    a.closing === b.closing &&
    a.position === b.position &&
    a.fire === b.fire &&
    a.hazard === b.hazard
  );
}
