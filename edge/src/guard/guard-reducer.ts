import { cyclesAnHour } from "@gatehouse/shared/contracts/config/site/protection.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { permitGreen, permitHold, permitRelays, vetoClose, vetoOpen } from "../lane/interlocks.ts";
import { alarmChanges, followIdleOpen } from "./alarms.ts";
import { applyInput } from "./apply-input.ts";
import { untested } from "./device-tests.ts";
import type { GuardReport } from "./guard-reports.ts";
import { type GuardEvent, type GuardState, REMEMBERED_IDS } from "./guard-state.ts";
import { type GuardPolicy, type GuardTurn, look, update } from "./guard-turn.ts";
import type { LaneInputs } from "./inputs.ts";
import { safetyFacts } from "./lane-inputs.ts";
import { isRefused, latch, progress, raise, relayFailed } from "./motion.ts";
import { signalNow } from "./sensed.ts";
import { supervise, testDevices } from "./supervision.ts";

/*
 *            open granted                 up limit
 *  resting ───────────────▶ raising ───────────────▶ resting (arm up)
 *     │                        ▲  └── no limit in travel_max, twice ─▶ latched open
 *     │ close, no veto         │ hazard, fire, open, no limit in travel_max; the arm came down by itself
 *     └──────────────▶ lowering ─────────────────────▶ resting (arm down)
 *                                 down limit
 *
 *  1. What leaves here has passed `permitRelays`; this file only says what is wanted.
 *  2. The arm comes down only for a close command; the guard by itself only ever raises (SAFE-05, SAFE-20).
 *  3. `lowering` is left at the first sample of a hazard, with `raising` (SAFE-04, SAFE-12).
 *  4. A latch (fire, third reversal, arm that does not arrive or moves by itself) is left only by `reset`, and never into
 *     `lowering`.
 *  5. While no relay may be on (lock, standby) nothing moves; what latched meanwhile acts when that ends (SAFE-19, SAFE-22).
 */

/** The span in which cycles are counted (SAFE-23). */
export const CYCLES_WITHIN_MS = 3_600_000;

/** One step of a lane's guard. Pure: what the outputs must be now is in the new state's `relays`, `green` and `tests`. */
export function guardStep(
  before: GuardState,
  event: GuardEvent,
  now: MonoMs,
  policy: GuardPolicy,
): { readonly state: GuardState; readonly reports: readonly GuardReport[] } {
  const turn: GuardTurn = { state: before, reports: [], now, policy };
  update(turn, { inputs: applyInput(before.inputs, event, { now, freshMs: policy.timings.fresh_ms }) });
  supervise(turn, event);
  look(turn);
  latchFire(turn, event);
  obey(turn, event);
  takeLock(turn);
  progress(turn);
  testDevices(turn);
  if (event.kind === "tick") endTick(turn);
  drive(turn);
  look(turn);
  tellAlarms(turn);
  if (!sameView(before.view, turn.state.view)) turn.reports.push({ kind: "inputs", inputs: turn.state.view });
  return { state: turn.state, reports: turn.reports };
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
    case "keep_open":
      return update(turn, { keepOpen: event.on });
    case "maintenance":
      return setLock(turn, event.on);
    case "reset":
      return reset(turn, event);
    case "relay_failed":
    case "relay_lost":
      return relayFailed(turn, event);
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

/** What speaks against beginning a motion: also a lock that has only been asked for. */
function blockedStart({ state }: GuardTurn): LaneInputs["blocked"] {
  return state.view.blocked ?? (state.maintenance === "asked" ? "maintenance" : null);
}

function open(turn: GuardTurn, { grant, notAfter }: Extract<GuardEvent, { kind: "open" }>): void {
  const used = turn.state.used.includes(grant);
  const reason = vetoOpen({ used, notAfter, blocked: blockedStart(turn) }, turn.now);
  if (reason !== null) {
    turn.reports.push({ kind: "vetoed", command: "open", id: grant, reason });
    return;
  }
  update(turn, { used: remember(turn.state.used, grant), openAsked: true });
  if (turn.state.view.position === "up" && turn.state.motion.kind === "resting") turn.reports.push({ kind: "opened" });
  else if (turn.state.motion.kind !== "raising") raise(turn, "command", notAfter);
}

function reset(turn: GuardTurn, { id, fireInLot }: Extract<GuardEvent, { kind: "reset" }>): void {
  const fire = signalNow(turn.state.inputs.fire, turn.now, turn.policy.timings.fresh_ms);
  if (fireInLot || fire !== "quiet") {
    turn.reports.push({ kind: "vetoed", command: "reset", id, reason: "fire" });
    return;
  }
  update(turn, { fire: false, latch: null, reversals: 0, closeAsked: null, alarms: [] }); // those that stand are told anew
  turn.reports.push({ kind: "reset", id });
  look(turn);
}

function setLock(turn: GuardTurn, on: boolean): void {
  if (!on && turn.state.maintenance === "on") turn.reports.push({ kind: "maintenance", on: false });
  if (!on) update(turn, { maintenance: "off" });
  else if (turn.state.maintenance === "off") update(turn, { maintenance: "asked", closeAsked: null });
  look(turn);
}

/**
 * A lock waits for the arm to rest: one that comes down has to be able to reverse (SAFE-04, SAFE-22). A raise that its board
 * refuses is given up: nobody knows when it would come.
 */
function takeLock(turn: GuardTurn): void {
  const { maintenance, motion } = turn.state;
  const waits = motion.kind === "lowering" || (motion.kind === "raising" && motion.refusedAt === null);
  if (maintenance !== "asked" || waits) return;
  update(turn, { maintenance: "on" });
  turn.reports.push({ kind: "maintenance", on: true });
  look(turn);
}

/** A close waits for the end of its tick, so that an open in the same tick is known by then (SAFE-06). */
function endTick(turn: GuardTurn): void {
  startClose(turn);
  if (turn.state.openAsked) update(turn, { openAsked: false });
  update(turn, { idleOpen: followIdleOpen(turn.state, turn.now) });
}

function startClose(turn: GuardTurn): void {
  const { state, now, policy } = turn;
  if (state.closeAsked === null) return;
  const record = state.closeAsked;
  const closes = state.closes.filter((at) => now - at < CYCLES_WITHIN_MS);
  update(turn, { closeAsked: null, closes });
  const facts = {
    ...safetyFacts(state.view),
    ...state,
    record,
    recordUsed: state.used.includes(record),
    fire: state.fire,
    blocked: blockedStart(turn),
    untested: untested(state.tests, policy.protection.tested),
    cycles: closes.length,
    maxCycles: cyclesAnHour(policy.protection),
  };
  const reason = vetoClose(facts, now);
  if (reason !== null) {
    const againInMs = reason === "too_many_cycles" ? cycleFreeIn(closes, turn) : null;
    turn.reports.push({ kind: "vetoed", command: "close", id: record, reason, hazard: state.view.hazard, againInMs });
  } else if (state.view.position === "down") {
    turn.reports.push({ kind: "closed" });
  } else {
    lower(turn, record);
  }
}

/** Time until as many cycles have left the hour as it takes to begin one more, ms (SAFE-23). */
function cycleFreeIn(closes: readonly MonoMs[], { now, policy }: GuardTurn): number | null {
  const last = closes.at(-cyclesAnHour(policy.protection));
  return last === undefined ? null : CYCLES_WITHIN_MS - (now - last);
}

function lower(turn: GuardTurn, record: string): void {
  const { state, now } = turn;
  const motion = { kind: "lowering", since: now, record, pulseDone: false } as const;
  const tests = { ...state.tests, passed: [] }; // SAFE-13: since the last close
  update(turn, {
    motion,
    tests,
    used: remember(state.used, record),
    isReversed: false,
    lastMotionAt: now,
    closes: [...state.closes, now],
  });
  turn.reports.push({ kind: "lowering", record });
}

function drive(turn: GuardTurn): void {
  const { state, now } = turn;
  const wanted = {
    up: state.motion.kind === "raising" && !state.motion.pulseDone && !isRefused(state.motion, now),
    down: state.motion.kind === "lowering" && !state.motion.pulseDone,
  };
  const facts = safetyFacts(state.view);
  const { relays, trace, overrun } = permitRelays(wanted, facts, { trace: state.trace, now });
  const held = permitHold(wantsHold(turn), facts, { relays, trace, now });
  // A limit switch may still say "up" when the pulse is over and the arm on its way down.
  const green = permitGreen(state.greenWanted, facts, { relays, isLowering: state.motion.kind === "lowering" });
  update(turn, { relays, ...held, green });
  if (overrun === null) return;
  turn.reports.push({ kind: "fault", code: "relay_overrun" });
  if (overrun === "down") latch(turn, "relay_overrun"); // SAFE-11: open side kept
}

/** The arm rests, and a hand, a vehicle, a fire or a fault wants it up. */
function wantsHold({ state, policy }: GuardTurn): boolean {
  const wanted = state.keepOpen || state.fire || state.latch !== null;
  return policy.hasHold === true && wanted && state.motion.kind === "resting";
}

function tellAlarms(turn: GuardTurn): void {
  const { alarms, reports } = alarmChanges(turn.state, turn.now, turn.policy);
  if (reports.length === 0) return;
  update(turn, { alarms });
  turn.reports.push(...reports);
}

function remember(used: readonly string[], id: string): readonly string[] {
  return [...used.slice(1 - REMEMBERED_IDS), id];
}

function sameView(a: LaneInputs, b: LaneInputs): boolean {
  return (Object.keys(a) as (keyof LaneInputs)[]).every((name) => a[name] === b[name]);
}
