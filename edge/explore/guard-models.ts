import { later } from "@gatehouse/shared/kit/clock.ts";
import { CYCLES_WITHIN_MS } from "../src/guard/guard-reducer.ts";
import type { GuardEvent } from "../src/guard/guard-state.ts";
import { FALLS_WITHIN_MS } from "../src/guard/motion.ts";
import { type Canon, canonical } from "./canonical.ts";
import {
  bounce,
  feedAll,
  type Gate,
  GUARD_POLICY,
  GUARD_TICK_MS,
  gateBreach,
  isCounted,
  KEYED,
  loseBoard,
  PROTECTED,
  passTime,
  restartGuard,
  SLOW,
  startGate,
  TESTED,
  type Toggle,
  TWO_CYCLES,
  toggle,
} from "./guard-world.ts";
import type { Model } from "./search.ts";

/** What a minute has let pass is told from all that is younger: the witnesses of a blind loop, falls that are forgotten. */
const FAR_MS = 60_000;

/**
 * The longest time that the guard compares each instant with: travel and two samples 1 s, relay limit over 1 s, reversal hold
 * 2 s, retry of a test 2 s, gap, spacing, settling and holds 0.5 s. Left out is what only tells people. Cycles and falls are
 * counted over a long time, which only a jump lets pass, so their number stands in the key (`counts`) and no ages.
 */
export const GUARD_CANON: Canon = {
  far: FAR_MS,
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
    at: 4 * GUARD_TICK_MS,
    refusedAt: GUARD_TICK_MS,
    notAfter: GUARD_TICK_MS,
  },
  ids: new Set(["record", "closeAsked"]),
  leftOut: new Set(["policy", "used", "closes", "idleOpen", "alarms", "falls", "now", "effects", "broken"]),
};

/** The same for an arm whose travel takes three steps. */
const SLOW_CANON: Canon = {
  ...GUARD_CANON,
  instants: { ...GUARD_CANON.instants, since: 3 * GUARD_TICK_MS, raisedAt: 3 * GUARD_TICK_MS },
};

/*
 *   wait, lost              half a second goes by, with samples or without
 *   safety, photo_eye, fire something comes onto an input, or leaves it; outputs_enabled is the selector turned away
 *   open, close, both, unrecorded, reset, lock, unlock    commands
 *   stuck                   the motor fails, or works again
 *   refuse, swallow, lose   the board of the relays refuses, takes without switching, or is gone; or works again
 *   bounce up, bounce down  a limit switch says what is not so for less than it must hold
 *   restart                 the guard's process ends, and another begins
 *   deaf                    the photo-eye does not answer its test, or does again
 *   fall                    the arm comes down by itself
 *   power                   the detector of the loop under the arm loses its power
 *   minute, hour            a long time in which nothing changes; no number of short steps adds up to one
 */
function act(gate: Gate, action: string): Gate {
  const id = `g${gate.now}`;
  const open: GuardEvent = { kind: "open", grant: id, notAfter: later(gate.now, GUARD_TICK_MS) };
  const close: GuardEvent = { kind: "close", record: id };
  const events = (...all: GuardEvent[]): Gate => feedAll(gate, all).gate;
  switch (action) {
    case "wait":
      return pass(passTime(gate, false).gate);
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
    case "refuse":
    case "swallow":
      return switchBoard(gate, action === "refuse" ? "refuses" : "swallows");
    case "lose":
      return gate.board === "gone" ? { ...gate, board: "works" } : loseBoard(gate).gate;
    case "bounce up":
    case "bounce down":
      return bounce(gate, action === "bounce up" ? "up" : "down").gate;
    case "restart":
      return restartGuard(gate).gate;
    case "deaf":
      return { ...gate, deaf: !gate.deaf };
    case "fall":
      return gate.height === 0 ? gate : { ...gate, heading: -1 };
    case "power":
      return losePower(gate);
    case "minute":
    case "hour":
      return jump(gate, action === "minute" ? FAR_MS : CYCLES_WITHIN_MS);
    default:
      return see(toggle(gate, action as Toggle).gate);
  }
}

function switchBoard(gate: Gate, to: "refuses" | "swallows"): Gate {
  return { ...gate, board: gate.board === to ? "works" : to };
}

/** The loop under the arm is tuned anew; it sees nothing of what stands on it. */
function losePower(gate: Gate): Gate {
  const restarted: GuardEvent = { kind: "loop", name: "safety", signal: "restarted" };
  const seen: GuardEvent = { kind: "loop", name: "safety", signal: gate.occupied.safety ? "occupied" : "clear" };
  return feedAll({ ...gate, doubted: "yes" } as Gate, [restarted, seen]).gate;
}

/** A whole transit of the loop shows that it sees. */
function see(gate: Gate): Gate {
  return gate.doubted === "covered" && !gate.occupied.safety ? { ...gate, doubted: "no" } : gate;
}

function pass(gate: Gate): Gate {
  const covered = gate.doubted === "yes" && gate.occupied.safety;
  return covered ? { ...gate, doubted: "covered" } : gate;
}

/** A long time in which nothing changes. The arm is at rest by then; the guard sees it pass in two steps. */
function jump(gate: Gate, ms: number): Gate {
  const { occupied, doubted } = gate;
  const witnessed = !occupied.safety && !occupied.photo_eye && !occupied.arming && !occupied.closing;
  const after = passTime(gate, false, ms).gate;
  const begun = ms >= CYCLES_WITHIN_MS ? 0 : after.begun;
  return { ...after, begun, doubted: witnessed ? "no" : doubted };
}

/** Cycles of the hour where there are few enough to matter, and falls of the minute. */
function counts(gate: Gate): string {
  const { guard, now } = gate;
  const cycles = !isCounted(gate) ? 0 : guard.closes.filter((at) => now - at < CYCLES_WITHIN_MS).length;
  return `${cycles},${now - guard.falls.at > FALLS_WITHIN_MS ? 0 : guard.falls.count}`;
}

function* marks({ guard }: Gate): Iterable<string> {
  yield `guard ${guard.motion.kind}`;
  if (guard.motion.kind === "raising") yield `guard raising ${guard.motion.cause}`;
  if (guard.latch !== null) yield `guard latched ${guard.latch}`;
  yield `guard lock ${guard.maintenance}`;
  yield `guard channels ${guard.channels.safety.at}`;
  if (guard.motion.kind === "raising" && guard.motion.refusedAt !== null) yield "guard refused";
  if (guard.tests.running !== null) yield "guard tests";
  if (guard.tests.failed !== null) yield "guard test failed";
  if (guard.tests.passed.length > 0) yield "guard test passed";
  for (const name of Object.keys(guard.blind)) yield `guard blind ${name}`;
  if (guard.view.keySwitch) yield "guard key turned";
  for (const { code } of guard.alarms) yield `guard alarm ${code}`;
  if (guard.view.blocked !== null) yield `guard blocked by ${guard.view.blocked}`;
}

/** The guard alone with its arm: every order of inputs, commands and faults. */
export function guardModels(isLong: boolean): readonly Model<Gate>[] {
  const model = (name: string, actions: readonly string[], policy = GUARD_POLICY): Model<Gate> => ({
    name,
    start: startGate(policy),
    actions,
    apply: act,
    key: (gate) => `${canonical(gate, gate.now, policy === SLOW ? SLOW_CANON : GUARD_CANON)}${counts(gate)}`,
    check: gateBreach,
    settles: () => null,
    marks,
  });
  const small = ["wait", "safety", "open", "close", "both", "reset"];
  const moves = ["wait", "safety", "open", "close"];
  const only = (actions: readonly string[]): readonly string[] => (isLong ? actions : []);
  const either = [
    model("guard", [...small, ...only(["unrecorded"])]),
    model("guard, two channels", ["wait", "safety", "safety_b", "open", "close"], PROTECTED),
    model("guard, two agents", ["wait", "safety", "outputs_enabled", "open", "close"], PROTECTED),
    model("guard, tested beam", [...moves, "deaf"], TESTED),
    model("guard, two cycles an hour", [...moves, "hour"], TWO_CYCLES),
    model("guard, blind loop", ["wait", "safety", "open", "close", "power", "minute"]),
    model("guard, limits that bounce", [...moves, "bounce down", ...only(["bounce up"])], SLOW),
    model("guard, board that refuses", [...moves, "refuse", ...only(["reset"])], SLOW),
    model("guard, board that is lost", [...moves, "lose", ...only(["swallow"])], SLOW),
    model("guard, starts anew", [...moves, "restart"], SLOW),
    model("guard, arm that falls", ["wait", "safety", "open", "fall", "reset", ...only(["close", "minute"])]),
    model("guard, key", [...moves, "key_switch"], KEYED),
  ];
  if (!isLong) return either;
  return [
    ...either,
    model("guard and fire", [...moves, "fire", "reset"]),
    model("guard, fire and a lost board", ["wait", "safety", "open", "close", "fire", "swallow", "lose", "reset"]),
    model("guard without samples", [...moves, "lost"]),
    model("guard without samples, starts anew", [...moves, "lost", "restart"]),
    model("guard and a stuck motor", [...moves, "stuck", "reset"]),
    model("guard under lock", [...moves, "lock", "unlock"]),
    model("guard under lock with a lost board", [...moves, "lock", "unlock", "swallow", "lose"]),
    model(
      "guard, two agents, starts anew",
      ["wait", "safety", "outputs_enabled", "open", "close", "restart"],
      PROTECTED,
    ),
  ];
}
