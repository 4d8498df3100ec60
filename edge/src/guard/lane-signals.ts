import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { GuardState } from "./guard-state.ts";
import { INPUT_NAMES, type InputName } from "./inputs.ts";
import { type Signal, signalNow } from "./sensed.ts";

/** A lane's inputs and relays one by one, for a person who looks for a wire; no rule reads this. */
export interface LaneSignals {
  /** Inputs that have spoken since the start, and those that every lane must have. */
  readonly inputs: Readonly<Partial<Record<InputName, Signal>>>;
  readonly relays: { readonly up: boolean; readonly down: boolean };
}

const EVERY_LANE_HAS: readonly InputName[] = [
  "arming",
  "safety",
  "closing",
  "photo_eye",
  "fire",
  "limit_up",
  "limit_down",
];

/** The inputs as they can be believed at `now`: one that is silent for longer than `freshMs` is unknown. */
export function laneSignals({ inputs, relays }: GuardState, now: MonoMs, freshMs: number): LaneSignals {
  const names = INPUT_NAMES.filter((name) => EVERY_LANE_HAS.includes(name) || inputs[name].sampledAt !== null);
  return {
    inputs: Object.fromEntries(names.map((name) => [name, signalNow(inputs[name], now, freshMs)])),
    relays: { up: relays.up, down: relays.down },
  };
}
