import type { LoopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { blinded, followBlind } from "./blind-loops.ts";
import { type Channels, followPair, type PairName, SECOND_CHANNEL } from "./channels.ts";
import { followTests } from "./device-tests.ts";
import type { GuardEvent } from "./guard-state.ts";
import { type GuardTurn, update } from "./guard-turn.ts";
import type { InputName } from "./inputs.ts";
import { isClear, type Signal, signalNow } from "./sensed.ts";

/* What the guard holds against the inputs themselves: contradiction, loss of sight, a test that is not passed. */

/** Takes in what an event says about the soundness of the inputs. */
export function supervise(turn: GuardTurn, event: GuardEvent): void {
  comparePairs(turn);
  if (event.kind === "loop" && (event.signal === "restarted" || event.signal === "fault")) blind(turn, event.name);
  if (Object.keys(turn.state.blind).length === 0) return;
  const { inputs } = turn.state;
  const { fresh_ms: freshMs, clear_hold_ms: holdMs } = turn.policy.timings;
  update(turn, { blind: followBlind(turn.state.blind, { inputs, now: turn.now, freshMs, holdMs }) });
}

/** Puts monitored devices to their test while the arm rests at the top (SAFE-13). */
export function testDevices(turn: GuardTurn): void {
  const { tested } = turn.policy.protection;
  if (tested.length === 0) return;
  const { view, motion, tests, fire } = turn.state;
  const mayRun = view.position === "up" && motion.kind === "resting" && view.blocked === null && !fire;
  const vehicle = view.safety !== "clear";
  const signal = (name: InputName): Signal => seen(turn, name);
  update(turn, { tests: followTests(tests, { now: turn.now, tested, mayRun, signal, vehicle }) });
}

function comparePairs(turn: GuardTurn): void {
  for (const name of turn.policy.protection.second_channels) {
    const pair = comparePair(turn, name);
    if (pair !== turn.state.channels[name])
      update(turn, { channels: { ...turn.state.channels, [name]: pair } satisfies Channels });
  }
}

/** A device under test differs from its other channel on purpose. */
function comparePair(turn: GuardTurn, name: PairName): Channels[PairName] {
  const { channels, inputs, tests } = turn.state;
  const second = SECOND_CHANNEL[name];
  const tested = tests.running?.name;
  const inTest = tested === name || tested === second;
  if (inTest && channels[name].at === "differ") return { at: "agree" };
  if (inTest) return channels[name];
  const limits = { freshMs: turn.policy.timings.fresh_ms, holdMs: turn.policy.timings.clear_hold_ms };
  const clear = isClear(inputs[name], turn.now, limits) && isClear(inputs[second], turn.now, limits);
  return followPair(channels[name], { first: seen(turn, name), second: seen(turn, second), clear }, turn.now);
}

function blind(turn: GuardTurn, name: LoopName): void {
  update(turn, { blind: blinded(turn.state.blind, name, turn.now) });
}

function seen(turn: GuardTurn, name: InputName): Signal {
  return signalNow(turn.state.inputs[name], turn.now, turn.policy.timings.fresh_ms);
}
