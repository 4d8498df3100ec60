import type { LoopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { InputName } from "./inputs.ts";
import { isClear, type SensedInput, signalNow } from "./sensed.ts";

/** How long two other inputs have to be clear until a restarted loop is believed without a vehicle, ms (SAFE-15). */
export const WITNESS_MS = 60_000;
/** A vehicle covers a loop for longer than this, ms: 3 m at 36 km/h. What is shorter is no transit. */
export const TRANSIT_MIN_MS = 300;
/**
 * Longest time that a detector of `firmware-configs/devices` tunes after its power came back, ms (`tune_ms` of the PD27x).
 * A fail-safe output says "vehicle" meanwhile, and its going clear is no transit.
 */
export const TUNING_MAX_MS = 20_000;

/**
 * Loops whose detector lost power, was tuned anew or had a fault: it took the ground as it was for empty, so it does not
 * see a vehicle that stood there. `covered` when a vehicle has come onto it since.
 */
export type BlindLoops = Readonly<Partial<Record<LoopName, { readonly since: MonoMs; readonly covered: boolean }>>>;

type Inputs = Readonly<Record<InputName, SensedInput>>;

export interface BlindSight {
  readonly inputs: Inputs;
  readonly now: MonoMs;
  readonly freshMs: number;
  readonly holdMs: number;
}

/** Inputs that look at the place under the arm, as the loops of that place do. */
const SAME_PLACE: readonly InputName[] = ["photo_eye", "photo_eye_b", "safety", "safety_b"];
const WITNESSES: readonly InputName[] = [...SAME_PLACE, "arming", "closing"];
const WITNESSES_NEEDED = 2;

/** Marks a loop as blind. */
export function blinded(blind: BlindLoops, name: LoopName, now: MonoMs): BlindLoops {
  return { ...blind, [name]: { since: now, covered: false } };
}

/** The blind loops a moment later: sight comes back by a whole transit, or by witnesses. */
export function followBlind(blind: BlindLoops, sight: BlindSight): BlindLoops {
  let next = blind;
  for (const name of Object.keys(blind) as LoopName[]) {
    const one = blind[name];
    if (!one) continue;
    if (hasCrossed(name, one.covered, sight) || isWitnessed(blind, name, one.since, sight)) next = without(next, name);
    else if (!one.covered && isCovered(sight.inputs[name], one.since, sight))
      next = { ...next, [name]: { ...one, covered: true } };
  }
  return next;
}

/** A vehicle came onto it after the detector was tuned. */
function isCovered(input: SensedInput, blindSince: MonoMs, { now, freshMs }: BlindSight): boolean {
  if (input.since - blindSince < TUNING_MAX_MS) return false;
  return signalNow(input, now, freshMs) === "active" && now - input.since >= TRANSIT_MIN_MS;
}

function hasCrossed(name: LoopName, covered: boolean, { inputs, now, freshMs, holdMs }: BlindSight): boolean {
  return covered && isClear(inputs[name], now, { freshMs, holdMs });
}

/** Clear itself, and with it two inputs that are not blind, one of them at the same place, for all of the time. */
function isWitnessed(blind: BlindLoops, name: LoopName, since: MonoMs, { inputs, now, freshMs }: BlindSight): boolean {
  const limits = { freshMs, holdMs: WITNESS_MS };
  if (now - since < WITNESS_MS || !isClear(inputs[name], now, limits)) return false;
  const clear = WITNESSES.filter((one) => one !== name && !(one in blind) && isClear(inputs[one], now, limits));
  return clear.length >= WITNESSES_NEEDED && clear.some((one) => SAME_PLACE.includes(one));
}

function without(blind: BlindLoops, name: LoopName): BlindLoops {
  return Object.fromEntries(Object.entries(blind).filter(([one]) => one !== name));
}
