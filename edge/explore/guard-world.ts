import { protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import { later, type MonoMs, monoMs } from "@gatehouse/shared/kit/clock.ts";
import { isLatched } from "../src/guard/channels.ts";
import { guardStep } from "../src/guard/guard-reducer.ts";
import { type GuardEvent, type GuardState, initialGuard } from "../src/guard/guard-state.ts";
import type { GuardPolicy } from "../src/guard/guard-turn.ts";
import { INPUT_NAMES } from "../src/guard/inputs.ts";
import type { DeviceReport } from "../src/guard/messages.ts";

/** One step of time in a guard's model, ms: longer than its gaps and holds, so that each is over or not begun. */
export const GUARD_TICK_MS = 500;

export const GUARD_POLICY: GuardPolicy = {
  timings: {
    ...laneTimings.parse({}),
    pulse_ms: GUARD_TICK_MS,
    fresh_ms: GUARD_TICK_MS,
    clear_hold_ms: GUARD_TICK_MS,
    travel_max_ms: 2 * GUARD_TICK_MS,
    close_delay_ms: 0,
  },
  protection: protection.parse({}),
};

/** A lane with everything that can be there twice, tested and shared. */
export const PROTECTED: GuardPolicy = {
  ...GUARD_POLICY,
  protection: protection.parse({ second_channels: ["safety"], standby_selector: true }),
};

export const TOGGLES = ["arming", "safety", "closing", "photo_eye", "fire", "safety_b", "outputs_enabled"] as const;
export type Toggle = (typeof TOGGLES)[number];

/** One gate with its guard and its arm: 0 is down, 2 is up. */
export interface Gate {
  readonly guard: GuardState;
  readonly height: number;
  readonly heading: -1 | 0 | 1;
  /** The motor takes commands and does nothing. */
  readonly stuck: boolean;
  readonly occupied: Readonly<Record<Toggle, boolean>>;
  readonly now: MonoMs;
  readonly policy: GuardPolicy;
}

export interface Fed<G extends Gate> {
  readonly gate: G;
  readonly reports: readonly DeviceReport[];
}

/** A gate whose arm is down and whose inputs have been told once. */
export function startGate(policy = GUARD_POLICY): Gate {
  const occupied = Object.fromEntries(TOGGLES.map((name) => [name, false])) as Gate["occupied"];
  const now = monoMs(100 * GUARD_TICK_MS);
  let gate: Gate = { guard: initialGuard(now), height: 0, heading: 0, stuck: false, occupied, now, policy };
  for (const name of TOGGLES) gate = feed(gate, inputEvent(gate, name)).gate;
  for (const name of ["up", "down"] as const) gate = feed(gate, { kind: "limit", name, active: name === "down" }).gate;
  return gate;
}

/** One event into the guard; the arm takes the closing edges of the relays. */
export function feed<G extends Gate>(gate: G, event: GuardEvent): Fed<G> {
  const { state, reports } = guardStep(gate.guard, event, gate.now, gate.policy);
  const rises = (name: "up" | "down"): boolean => state.relays[name] && !gate.guard.relays[name];
  const heading = rises("up") ? 1 : rises("down") && !state.relays.up ? -1 : gate.heading;
  return { gate: { ...gate, guard: state, heading }, reports };
}

/** Several events, one after the other. */
export function feedAll<G extends Gate>(gate: G, events: readonly GuardEvent[]): Fed<G> {
  const reports: DeviceReport[] = [];
  let at = gate;
  for (const event of events) {
    const fed = feed(at, event);
    at = fed.gate;
    reports.push(...fed.reports);
  }
  return { gate: at, reports };
}

/** Something comes onto an input, or leaves it. */
export function toggle<G extends Gate>(gate: G, name: Toggle): Fed<G> {
  const toggled = { ...gate, occupied: { ...gate.occupied, [name]: !gate.occupied[name] } };
  return feed(toggled, inputEvent(toggled, name));
}

function inputEvent({ occupied }: Gate, name: Toggle): GuardEvent {
  const on = occupied[name];
  if (name === "photo_eye" || name === "fire" || name === "outputs_enabled")
    return { kind: "contact", name, signal: on ? "open" : "closed" };
  return { kind: "loop", name, signal: on ? "occupied" : "clear" };
}

/** A step of time: the arm travels, the inputs are sampled or lost, the rules are evaluated. */
export function passTime<G extends Gate>(gate: G, isLost: boolean): Fed<G> {
  const height = gate.stuck ? gate.height : Math.max(0, Math.min(2, gate.height + gate.heading));
  const atLimit = height === 0 || height === 2;
  const moved: G = { ...gate, now: later(gate.now, GUARD_TICK_MS), height, heading: atLimit ? 0 : gate.heading };
  const sampled: readonly GuardEvent[] = [
    { kind: "holds", inputs: INPUT_NAMES },
    ...TOGGLES.map((name) => inputEvent(moved, name)),
    { kind: "limit", name: "up", active: height === 2 },
    { kind: "limit", name: "down", active: height === 0 },
  ];
  const lost: readonly GuardEvent[] = [{ kind: "lost", inputs: INPUT_NAMES }];
  return feedAll(moved, [...(isLost ? lost : sampled), { kind: "tick" }]);
}

/** The rule that a step of the gate breaks, null when none. */
export function gateBreach(after: Gate, before: Gate): string | null {
  const { relays, view, motion, latch, fire, green, maintenance } = after.guard;
  if (relays.up && relays.down) return "SAFE-01: both relays";
  const turned = (relays.up && before.guard.relays.down) || (relays.down && before.guard.relays.up);
  if (turned && after.now - before.now < 200) return "SAFE-01: no gap";
  if (relays.down && view.hazard !== null) return "SAFE-02: down in hazard";
  if (relays.down && (after.occupied.safety || after.occupied.photo_eye)) return "SAFE-02: down onto something";
  if (motion.kind === "lowering" && view.hazard !== null) return "SAFE-04: not reversed";
  if (relays.down && latch !== null) return "SAFE-05: down while latched";
  if (relays.down && isLatched(after.guard.channels.safety)) return "SAFE-14: down while two channels contradict";
  const { second_channels, standby_selector } = after.policy.protection;
  if (relays.down && second_channels.includes("safety") && after.occupied.safety_b)
    return "SAFE-02: down onto something that the second channel sees";
  if (standby_selector && after.occupied.outputs_enabled && (relays.up || relays.down))
    return "SAFE-19: a relay while the other agent has the outputs";
  if ((fire || after.occupied.fire) && relays.down) return "SAFE-07: down in fire";
  if (relays.down && motion.kind === "lowering" && motion.record === "") return "SAFE-20: no record";
  if (green && (view.position !== "up" || relays.down)) return "SAFE-21: green";
  if (maintenance === "on" && (relays.up || relays.down)) return "SAFE-22: a relay under the maintenance lock";
  return null;
}
