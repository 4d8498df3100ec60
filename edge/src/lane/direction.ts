import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import { type Asked, done, no, yes } from "./command-answer.ts";
import type { Turn } from "./machine-types.ts";
import { keepLane } from "./maintenance.ts";
import { change } from "./turn.ts";

/** Turns a reversible lane round, while nobody is in it. The loops then change their roles, since vehicles come from the other side. */
export function turnLane(turn: Turn, asked: Asked, direction: Direction): void {
  const { state, policy } = turn;
  if (policy.direction !== "reversible")
    return no(turn, asked, "refused_by_mode", `This lane is built as ${policy.direction}; it can't be turned.`);
  if (state.direction === direction) return yes(turn, asked, `The lane works as ${direction} already.`);
  const busy = whoIsInLane(turn);
  if (busy !== null) return no(turn, asked, "refused_by_safety", `The lane can't be turned now: ${busy}.`);
  const { arming, closing } = state.sensed;
  change(turn, { direction, reads: [], recent: [], sensed: { ...state.sensed, arming: closing, closing: arming } });
  keepLane(turn, 0);
  done(turn, asked, `The lane works as ${direction} now.`);
}

/** Why a lane can't be turned at this moment, in words for people; null when it is empty. */
export function whoIsInLane({ state }: Turn): string | null {
  const { approach, grants, crossings, hidden, sensed, arm, mode, awaited } = state;
  if (mode.kind !== "automatic" && mode.kind !== "locked") return `it is in mode ${mode.kind}`;
  if (approach.at !== "empty") return "a vehicle waits on the arming loop";
  if (grants.length + crossings.length + hidden.length > 0) return "a vehicle is on its way through";
  if (awaited.length > 0) return "a decision is still awaited";
  const covered = (["arming", "safety", "closing"] as const).find((loop) => sensed[loop] !== "clear");
  if (covered !== undefined) return `the ${covered} loop is ${sensed[covered]}`;
  return arm.at === "shut" && sensed.position === "down" ? null : "the barrier is not closed";
}
