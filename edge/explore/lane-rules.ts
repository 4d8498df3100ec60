import { stateName } from "../src/lane/snapshot.ts";
import { MAX_AWAITED, standsOpen } from "../src/lane/turn.ts";
import { act } from "./lane-actions.ts";
import type { LaneWorld } from "./lane-world.ts";
import type { StateSet } from "./state-set.ts";

/** Longest time until an exit opens or somebody is called, ms (SAFE-18). */
const SEEN_TO_MS = 5_000;

/** The rule that a step of a lane breaks, null when none. */
export function laneBreach(after: LaneWorld, before: LaneWorld): string | null {
  return after.broken ?? stateBreach(after) ?? stepBreach(after, before);
}

function stateBreach(world: LaneWorld): string | null {
  const { lane, policy, now } = world;
  const { approach, arm, mode, awaited, grants, crossings } = lane;
  if (awaited.length > MAX_AWAITED + 7) return "bounded: requests without an answer pile up";
  if (grants.length > 2 || crossings.length > 4) return "bounded: more vehicles than the lane can hold";
  if (arm.at === "closing" && arm.sent && mode.kind === "maintenance") return null;
  if (approach.at === "deciding" && now - approach.askedAt >= policy.timings.decision_max_ms)
    return "SAFE-18: waits longer than it may for a decision";
  return leftAlone(world) ? "SAFE-18: an exit without sight calls nobody for its vehicle" : null;
}

/** A vehicle that came before the exit lost sight of it, and nobody is called for it in the time that is left. */
function leftAlone({ lane, policy, loops, now, blind }: LaneWorld): boolean {
  const { approach, mode, direction, blindSince } = lane;
  if (!blind || direction !== "exit" || policy.fail.exit !== "open" || mode.kind !== "out_of_service") return false;
  const waited = approach.at === "waiting" ? now - Math.max(approach.vehicle.since, blindSince ?? now) : 0;
  return loops.arming && waited >= SEEN_TO_MS && lane.call === null && !mode.called;
}

/** An exit that has no decision, by its fail policy, has an arm that goes up (SAFE-18). */
function stepBreach(after: LaneWorld, before: LaneWorld): string | null {
  const { lane, policy, effects } = after;
  const failed = effects.some((one) => one.kind === "journal" && one.entry === "lane.fail_policy");
  if (!failed || lane.direction !== "exit" || policy.fail.exit !== "open") return null;
  const opens =
    lane.grants.length > 0 || lane.arm.at === "opening" || standsOpen(lane) || before.lane.arm.at !== "shut";
  return opens ? null : "SAFE-18: an exit without a decision stays shut";
}

/** Seconds in which a quiet lane must have come to rest: the longest of its times, some tries to close, and the travels. */
const QUIET_S = 24;
const CLEARINGS = ["off safety", "off closing", "off arming"];

/**
 * What follows from a state when nobody comes any more and nothing is broken: the arm comes down, and each movement, debt
 * and command has found its end (SAFE-24).
 */
export function laneSettles(world: LaneWorld, known: StateSet, key: (world: LaneWorld) => string): string | null {
  let at = repaired(world);
  for (let second = 0; second < QUIET_S; second++) {
    if (!known.add(key(at))) return null;
    const rest = unrest(at);
    if (rest === null) return null;
    at = answerAll(act(at, "wait"));
  }
  return `SAFE-24: a quiet lane does not come to rest: ${unrest(at)}`;
}

function repaired(world: LaneWorld): LaneWorld {
  const { blind, storeWorks } = world;
  const mended = [...(blind ? ["blind"] : []), ...(storeWorks ? [] : ["store"])].reduce(act, world);
  return answerAll(CLEARINGS.reduce(act, mended));
}

function answerAll(world: LaneWorld): LaneWorld {
  let at = world;
  for (let left = at.books.pending.length; left > 0; left--) at = act(at, "desk refuse");
  return at;
}

/** What keeps a lane from rest, null when it is at rest or stands open for a reason that only people can take away. */
function unrest({ lane, books }: LaneWorld): string | null {
  const { mode, arm, approach, grants, crossings, hidden, awaited } = lane;
  const vehicles = grants.length + crossings.length + hidden.length;
  if (vehicles > 0) return "a vehicle is still on its way";
  if (approach.at !== "empty") return `the approach is ${approach.at}`;
  if (awaited.length > 0) return "a decision is awaited";
  if (books.movements.length > 0) return "a movement has no end";
  if (books.debts.length > 0) return "a debt has no end";
  if (books.asked.length > 0) return "a command has no answer";
  if (lane.call !== null) return "an operator is still called";
  const open = standsOpen(lane) || mode.kind === "maintenance";
  return open || arm.at === "shut" ? null : `the arm is ${arm.at}`;
}

/** What of the coverage a state and the step to it show. */
export function* laneMarks({ lane, effects }: LaneWorld): Iterable<string> {
  yield `${lane.mode.kind} x ${stateName(lane)}`;
  yield `approach ${lane.approach.at}`;
  if (lane.hidden.length > 0 || lane.grants.some((one) => one.hidden)) yield "hidden behind another";
  for (const crossing of lane.crossings) yield `crossing ${crossing.front}`;
  for (const effect of effects) {
    yield `effect ${effect.kind}`;
    if (effect.kind === "refused") yield `refused ${effect.event} ${effect.reason}`;
    if (effect.kind === "finish" || effect.kind === "undecided") yield `${effect.kind} ${effect.outcome}`;
    if (effect.kind === "owed") yield `owed ${effect.outcome}`;
    if (effect.kind === "answer_offer") yield `offer ${effect.answer}`;
    if (effect.kind === "alarm") yield `alarm ${effect.code}`;
    if (effect.kind === "answer_command")
      yield effect.answer.ok ? "command obeyed" : `command ${effect.answer.refusal}`;
    if (effect.kind === "device" || effect.kind === "peripheral") yield `${effect.kind} ${effect.command.kind}`;
  }
}
