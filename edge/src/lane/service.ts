import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { callOperator } from "./call.ts";
import type { LaneState, Turn } from "./machine-types.ts";
import { change, clearAlarm, raiseAlarm, show } from "./turn.ts";

/** A detector may be silent for so long before anybody is told, ms: a board that is asked again answers within it. */
export const BLIND_MS = 2 * SECOND_MS;

/** A lane that sees nothing is out of service until it sees again. Right after a start it is given time to see at all. */
export function loseSight(turn: Turn): void {
  const { mode, arm } = turn.state;
  if (!isBlind(turn.state) || mode.kind !== "automatic" || arm.at === "starting") return;
  change(turn, { mode: { kind: "out_of_service", cause: "inputs_unknown", told: false, called: false } });
  show(turn, "lane.out_of_service");
}

/** Follows for how long nothing is seen: tells of it, and at an exit calls for whoever stands before it. */
export function followSight(turn: Turn): void {
  if (!isBlind(turn.state)) return seeAgain(turn);
  const since = turn.state.blindSince ?? turn.now;
  if (turn.state.blindSince === null) change(turn, { blindSince: since });
  if (turn.now - since < BLIND_MS) return;
  loseSight(turn);
  tellBlind(turn);
  callForUnseen(turn);
}

function isBlind({ sensed }: LaneState): boolean {
  return sensed.arming === "unknown" || sensed.position === "unknown";
}

function seeAgain(turn: Turn): void {
  const { mode, blindSince } = turn.state;
  if (blindSince !== null) change(turn, { blindSince: null });
  clearAlarm(turn, "inputs_unknown");
  if (mode.kind !== "out_of_service") return;
  change(turn, { mode: { kind: "automatic" } });
  show(turn, "lane.welcome");
}

/** Once a time without sight: what comes back and goes again within `BLIND_MS` is told of nowhere. */
function tellBlind(turn: Turn): void {
  const { mode, sensed } = turn.state;
  if (mode.kind !== "out_of_service" || mode.told) return;
  change(turn, { mode: { ...mode, told: true } });
  const what = sensed.arming === "unknown" ? "arming loop" : "barrier's position";
  raiseAlarm(turn, "inputs_unknown", `The ${what} is not known: the lane opens by hand only until it is.`);
}

/**
 * No vend without a vehicle on the arming loop (SAFE-25), so an exit that can't see it calls an operator, whose hand opens
 * with a reason: once for each vehicle that shows itself in another way (SAFE-18).
 */
function callForUnseen(turn: Turn): void {
  const { mode, direction, grants, crossings } = turn.state;
  if (mode.kind !== "out_of_service" || direction !== "exit") return;
  const there = grants.length + crossings.length === 0 && showsItself(turn);
  if (there !== mode.called) change(turn, { mode: { ...mode, called: there } });
  if (!there || mode.called) return;
  callOperator(turn, "out_of_service");
  show(turn, "lane.call_operator");
}

function showsItself({ state, now, policy }: Turn): boolean {
  const { approach, sensed, reads, arm } = state;
  if (approach.at === "waiting")
    return sensed.arming === "unknown" || now - approach.vehicle.since >= policy.timings.no_read_ms;
  return sensed.arming === "unknown" && (reads.length > 0 || standsUnderArm({ sensed, arm }));
}

/** It has come as far as it can: up to an arm that is down. */
function standsUnderArm({ sensed, arm }: Pick<LaneState, "sensed" | "arm">): boolean {
  return sensed.safety === "occupied" && arm.at === "shut";
}
