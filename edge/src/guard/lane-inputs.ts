import type { Protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { Blocked, SafetyFacts } from "../lane/interlocks.ts";
import { isLatched } from "./channels.ts";
import type { GuardState } from "./guard-state.ts";
import type { GuardPolicy } from "./guard-turn.ts";
import type { ArmPosition, InputName, LaneInputs, LoopView } from "./inputs.ts";
import { isClear, type Signal, signalNow } from "./sensed.ts";

/** How long a loop must be clear before the lane machine counts its trailing edge, ms. */
export const LOOP_SETTLE_MS = 100;
/**
 * How long the lower limit must hold until the arm counts as down, ms: ten times the longest bounce of a limit switch, and
 * less than an arm takes for a tenth of its way. Until then it is watched as one that comes down (SAFE-04).
 */
export const ARM_DOWN_MS = 200;

/** Inputs that must be clear before the arm may come down: what sees a body under it, and no sign of fire. */
function safetyInputs({ second_channels, safety_edge }: Protection): readonly InputName[] {
  const doubled = second_channels.map((name) => `${name}_b` as const);
  return ["safety", "photo_eye", "fire", ...doubled, ...(safety_edge ? (["safety_edge"] as const) : [])];
}

/** Reads the inputs as they can be believed at `now`. */
export function laneInputs(state: GuardState, now: MonoMs, { timings, protection }: GuardPolicy): LaneInputs {
  const { inputs, view } = state;
  const seen = (name: InputName) => signalNow(inputs[name], now, timings.fresh_ms);
  const loop = (name: "arming" | "safety" | "closing"): LoopView => {
    const signal = seen(name);
    if (signal === "active") return "occupied";
    if (signal === "unknown") return "unknown";
    return now - inputs[name].since >= LOOP_SETTLE_MS ? "clear" : view[name];
  };
  const position = armPosition(state, { up: seen("limit_up"), down: seen("limit_down"), now });
  return {
    arming: loop("arming"),
    safety: loop("safety"),
    closing: loop("closing"),
    position,
    fire: state.fire || inputs.fire.signal === "active",
    hazard: position === "unknown" ? "position" : firstHazard(state, now, { timings, protection }),
    blocked: blockedBy(state, now, { timings, protection }),
    keySwitch: protection.key_switch && seen("key_switch") === "active",
    cabinetOpen: protection.cabinet_door && seen("cabinet_door") === "active",
  };
}

/** The same inputs in the terms of the interlocks. */
export function safetyFacts(view: LaneInputs): SafetyFacts {
  const limit = view.position === "up" || view.position === "down" ? view.position : null;
  return { hazard: view.hazard, fire: view.fire, limit, blocked: view.blocked };
}

function firstHazard(state: GuardState, now: MonoMs, { timings, protection }: GuardPolicy): string | null {
  const limits = { freshMs: timings.fresh_ms, holdMs: timings.clear_hold_ms };
  const { inputs, blind, channels } = state;
  const active = safetyInputs(protection).find((name) => name in blind || !isClear(inputs[name], now, limits)); // SAFE-15
  return active ?? protection.second_channels.find((name) => isLatched(channels[name])) ?? null; // SAFE-14
}

/** SAFE-19: only a selector that is known to point here, and stayed so, lets a relay on. SAFE-22: the lock. */
function blockedBy({ inputs, maintenance }: GuardState, now: MonoMs, policy: GuardPolicy): Blocked | null {
  if (maintenance === "on") return "maintenance";
  const { standby_selector } = policy.protection;
  const limits = { freshMs: policy.timings.fresh_ms, holdMs: policy.timings.clear_hold_ms };
  return standby_selector && !isClear(inputs.outputs_enabled, now, limits) ? "standby" : null;
}

interface Limits {
  readonly up: Signal;
  readonly down: Signal;
  readonly now: MonoMs;
}

function armPosition(state: GuardState, { up, down, now }: Limits): ArmPosition {
  if (up === "unknown" || down === "unknown") return "unknown";
  if (up === "active" && down === "active") return "unknown";
  if (up === "active") return "up";
  if (down === "active" && now - state.inputs.limit_down.since >= ARM_DOWN_MS) return "down";
  if (state.motion.kind !== "resting") return state.motion.kind;
  return down === "active" && state.view.position === "unknown" ? "unknown" : "stopped";
}
