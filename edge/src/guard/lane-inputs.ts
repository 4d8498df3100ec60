import type { LaneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { SafetyFacts } from "../lane/interlocks.ts";
import type { ArmPosition, GuardState, InputName, LaneInputs, LoopView } from "./guard-state.ts";
import { isClear, signalNow } from "./sensed.ts";

/** How long a loop must be clear before the lane machine counts its trailing edge, ms. */
export const LOOP_SETTLE_MS = 100;

/** Inputs that must be clear before the arm may come down: the loop under it, the beam, and no sign of fire. */
const SAFETY_INPUTS = ["safety", "photo_eye", "fire"] as const satisfies readonly InputName[];

/** Reads the inputs as they can be believed at `now`. */
export function laneInputs(state: GuardState, now: MonoMs, timings: LaneTimings): LaneInputs {
  const { inputs, view } = state;
  const seen = (name: InputName) => signalNow(inputs[name], now, timings.fresh_ms);
  const loop = (name: "arming" | "safety" | "closing"): LoopView => {
    const signal = seen(name);
    if (signal === "active") return "occupied";
    if (signal === "unknown") return "unknown";
    return now - inputs[name].since >= LOOP_SETTLE_MS ? "clear" : view[name];
  };
  const position = armPosition(state, seen("limit_up"), seen("limit_down"));
  return {
    arming: loop("arming"),
    safety: loop("safety"),
    closing: loop("closing"),
    position,
    fire: state.fire || inputs.fire.signal === "active",
    hazard: position === "unknown" ? "position" : firstHazard(state, now, timings),
  };
}

/** The same inputs in the terms of the interlocks. */
export function safetyFacts(view: LaneInputs): SafetyFacts {
  const limit = view.position === "up" || view.position === "down" ? view.position : null;
  return { hazard: view.hazard, fire: view.fire, limit };
}

function firstHazard(state: GuardState, now: MonoMs, timings: LaneTimings): string | null {
  const limits = { freshMs: timings.fresh_ms, holdMs: timings.clear_hold_ms };
  return SAFETY_INPUTS.find((name) => !isClear(state.inputs[name], now, limits)) ?? null;
}

function armPosition(state: GuardState, up: string, down: string): ArmPosition {
  if (up === "unknown" || down === "unknown") return "unknown";
  if (up === "active" && down === "active") return "unknown";
  if (up === "active") return "up";
  if (down === "active") return "down";
  return state.motion.kind === "resting" ? "stopped" : state.motion.kind;
}
