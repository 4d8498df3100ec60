import { later } from "@gatehouse/shared/kit/clock.ts";
import type { GuardEvent } from "../src/guard/guard-state.ts";
import { type Canon, canonical } from "./canonical.ts";
import {
  feedAll,
  type Gate,
  GUARD_POLICY,
  GUARD_TICK_MS,
  gateBreach,
  PROTECTED,
  passTime,
  startGate,
  type Toggle,
  toggle,
} from "./guard-world.ts";
import type { Model } from "./search.ts";

/**
 * The longest time that the guard compares each instant with: travel and two samples 1 s, relay limit over 1 s, reversal hold
 * 2 s, gap, spacing, settling and holds 0.5 s. Left out is what only tells people or counts over an hour (cycles, alarms), and
 * how often the arm fell by itself, which it does in no model.
 */
export const GUARD_CANON: Canon = {
  instants: {
    since: 2 * GUARD_TICK_MS,
    sampledAt: 2 * GUARD_TICK_MS,
    onSince: 3 * GUARD_TICK_MS,
    offAt: GUARD_TICK_MS,
    lastHazardAt: 4 * GUARD_TICK_MS,
    lastMotionAt: GUARD_TICK_MS,
    raisedAt: 2 * GUARD_TICK_MS,
    leftAt: GUARD_TICK_MS,
    askedAt: GUARD_TICK_MS,
    at: GUARD_TICK_MS,
  },
  ids: new Set(["record", "closeAsked"]),
  leftOut: new Set(["policy", "used", "closes", "idleOpen", "alarms", "falls", "now", "effects", "broken"]),
};

/*
 *   wait, lost              half a second goes by, with samples or without
 *   safety, photo_eye, fire something comes onto an input, or leaves it; outputs_enabled is the selector turned away
 *   open, close, both, unrecorded, reset, lock, unlock    commands
 *   stuck                   the motor fails, or works again
 */
function act(gate: Gate, action: string): Gate {
  const id = `g${gate.now}`;
  const open: GuardEvent = { kind: "open", grant: id, notAfter: later(gate.now, GUARD_TICK_MS) };
  const close: GuardEvent = { kind: "close", record: id };
  const events = (...all: GuardEvent[]): Gate => feedAll(gate, all).gate;
  switch (action) {
    case "wait":
      return passTime(gate, false).gate;
    case "lost":
      return passTime(gate, true).gate;
    case "open":
      return events(open);
    case "close":
      return events(close, { kind: "tick" });
    case "unrecorded":
      return events({ kind: "close", record: "" }, { kind: "tick" });
    case "both":
      return events(open, close, { kind: "tick" });
    case "reset":
      return events({ kind: "reset", id, fireInLot: gate.occupied.fire });
    case "lock":
    case "unlock":
      return events({ kind: "maintenance", on: action === "lock" });
    case "stuck":
      return { ...gate, stuck: !gate.stuck };
    default:
      return toggle(gate, action as Toggle).gate;
  }
}

function* marks({ guard }: Gate): Iterable<string> {
  yield `guard ${guard.motion.kind}`;
  if (guard.motion.kind === "raising") yield `guard raising ${guard.motion.cause}`;
  if (guard.latch !== null) yield `guard latched ${guard.latch}`;
  yield `guard lock ${guard.maintenance}`;
  yield `guard channels ${guard.channels.safety.at}`;
  if (guard.view.blocked !== null) yield `guard blocked by ${guard.view.blocked}`;
}

/** The guard alone with its arm: every order of inputs, commands and faults. */
export function guardModels(isLong: boolean): readonly Model<Gate>[] {
  const model = (name: string, actions: readonly string[], policy = GUARD_POLICY): Model<Gate> => ({
    name,
    start: startGate(policy),
    actions,
    apply: act,
    key: (gate) => canonical(gate, gate.now, GUARD_CANON),
    check: gateBreach,
    settles: () => null,
    marks,
  });
  const small = ["wait", "safety", "open", "close", "both", "reset"];
  const twice = model("guard, two channels", ["wait", "safety", "safety_b", "open", "close"], PROTECTED);
  const shared = model("guard, two agents", ["wait", "safety", "outputs_enabled", "open", "close"], PROTECTED);
  if (!isLong) return [model("guard", small), twice, shared];
  return [
    model("guard", [...small, "unrecorded"]),
    model("guard and fire", ["wait", "safety", "open", "close", "fire", "reset"]),
    model("guard without samples", ["wait", "lost", "safety", "open", "close"]),
    model("guard and a stuck motor", ["wait", "safety", "open", "close", "stuck", "reset"]),
    twice,
    shared,
    model("guard under lock", ["wait", "safety", "open", "close", "lock", "unlock"]),
  ];
}
