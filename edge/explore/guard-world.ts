import { cyclesAnHour, protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { LoopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
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

/** A lane with what can be there twice, and shared with another agent. */
export const PROTECTED: GuardPolicy = {
  ...GUARD_POLICY,
  protection: protection.parse({ second_channels: ["safety"], standby_selector: true }),
};

/** Its photo-eye has to pass a test before each close. */
export const TESTED: GuardPolicy = { ...GUARD_POLICY, protection: protection.parse({ tested: ["photo_eye"] }) };

/** An arm that takes three steps, so that one can be seen on which nobody has acted. */
export const SLOW: GuardPolicy = {
  ...GUARD_POLICY,
  timings: { ...GUARD_POLICY.timings, travel_max_ms: 3 * GUARD_TICK_MS },
};

/** As few cycles an hour as can be told apart from one and from none; a site file allows no less than ten. */
export const TWO_CYCLES: GuardPolicy = {
  ...GUARD_POLICY,
  protection: { ...protection.parse({ cycles_an_hour: 10 }), cycles_an_hour: 2 },
};

/** A lane with a key switch, and a door at its cabinet. */
export const KEYED: GuardPolicy = {
  ...GUARD_POLICY,
  protection: protection.parse({ key_switch: true, cabinet_door: true }),
};

export const TOGGLES = [
  "arming",
  "safety",
  "closing",
  "photo_eye",
  "fire",
  "safety_b",
  "outputs_enabled",
  "key_switch",
] as const;
export type Toggle = (typeof TOGGLES)[number];

/** One gate with its guard and its arm: 0 is down, as many steps as a travel takes is up. */
export interface Gate {
  readonly guard: GuardState;
  readonly height: number;
  readonly heading: -1 | 0 | 1;
  /** The motor takes commands and does nothing. */
  readonly stuck: boolean;
  /** What the board does with a relay: `swallows` takes it and never switches it. */
  readonly board: "works" | "swallows" | "refuses" | "gone";
  /** The last raise went to a board that swallowed it: nobody can know, until the arm has not arrived in its time. */
  readonly swallowed: boolean;
  /** The photo-eye does not answer its test; how far the test since the last close has come, by the device itself. */
  readonly deaf: boolean;
  readonly tested: "not" | "acted" | "proven";
  /** The detector of the loop under the arm lost its power, and what has come onto the loop since. */
  readonly doubted: "no" | "yes" | "covered";
  /** Closes begun since the last hour went by, where the lane bears few enough to be counted. */
  readonly begun: number;
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
  const fresh = {
    stuck: false,
    board: "works",
    swallowed: false,
    deaf: false,
    tested: "not",
    doubted: "no",
    begun: 0,
  } as const;
  return tellAll({ guard: initialGuard(now), height: 0, heading: 0, ...fresh, occupied, now, policy }).gate;
}

function tellAll<G extends Gate>(gate: G): Fed<G> {
  return feedAll(gate, [...TOGGLES.map((name) => inputEvent(gate, name)), ...limits(gate)]);
}

/** Steps of a travel; an arm takes all the time that it may. */
function travelSteps({ policy }: Gate): number {
  return policy.timings.travel_max_ms / GUARD_TICK_MS;
}

function limits(gate: Gate): readonly GuardEvent[] {
  const { height } = gate;
  return [
    { kind: "limit", name: "up", active: height === travelSteps(gate) },
    { kind: "limit", name: "down", active: height === 0 },
  ];
}

/** The guard's process ends and another begins: its outputs go off, and the arm goes on as the last pulse told it. */
export function restartGuard<G extends Gate>(gate: G): Fed<G> {
  const { maintenance, fire, blind, channels } = gate.guard;
  const pairs = isLatched(channels.safety) ? (["safety"] as const) : [];
  const doubted = { pairs, loops: Object.keys(blind) as LoopName[] };
  const started = tellAll({ ...gate, guard: initialGuard(gate.now, { locked: maintenance === "on", doubted }) });
  if (!fire) return started;
  const latched = feed(started.gate, { kind: "fire_in_lot" });
  return { gate: latched.gate, reports: [...started.reports, ...latched.reports] };
}

/** A limit switch bounces: it says what is not so, and the truth again, between two evaluations of the rules. */
export function bounce<G extends Gate>(gate: G, name: "up" | "down"): Fed<G> {
  const wrong: GuardEvent = { kind: "limit", name, active: gate.height !== (name === "up" ? travelSteps(gate) : 0) };
  return feedAll(gate, [wrong, { kind: "tick" }, ...limits(gate), { kind: "tick" }]);
}

/** The board goes, and the guard hears of it. */
export function loseBoard<G extends Gate>(gate: G): Fed<G> {
  const lost = (["down", "up"] as const).map((relay) => ({ kind: "relay_lost", relay }) as const);
  return feedAll({ ...gate, board: "gone" }, lost);
}

/** One event into the guard; board, arm and devices under test answer at once. */
export function feed<G extends Gate>(gate: G, event: GuardEvent): Fed<G> {
  const { state, reports } = guardStep(gate.guard, event, gate.now, gate.policy);
  const rises = (["down", "up"] as const).find((name) => state.relays[name] && !gate.guard.relays[name]);
  const begins = state.motion.kind === "lowering" && gate.guard.motion.kind !== "lowering";
  const begun = begins && isCounted(gate) ? gate.begun + 1 : gate.begun;
  const tested = begins ? "not" : gate.tested;
  const swallowed = rises === "up" ? gate.board === "swallows" : gate.swallowed;
  const moved: G = { ...gate, guard: state, heading: headingAfter(gate, rises), swallowed, tested, begun };
  const answers: GuardEvent[] = [];
  if (rises !== undefined && gate.board === "refuses") answers.push({ kind: "relay_failed", relay: rises });
  if (rises !== undefined && gate.board === "gone") answers.push({ kind: "relay_lost", relay: rises });
  if (gate.guard.tests.running !== state.tests.running && !gate.deaf) return answerTest(moved, reports, answers);
  const after = feedAll(moved, answers);
  return { gate: after.gate, reports: [...reports, ...after.reports] };
}

/** Whether a lane bears so few cycles an hour that a model can go through them. */
export function isCounted({ policy }: Gate): boolean {
  return cyclesAnHour(policy.protection) <= 2;
}

function headingAfter({ board, heading }: Gate, rises: "up" | "down" | undefined): Gate["heading"] {
  if (rises === undefined || board !== "works") return heading;
  return rises === "up" ? 1 : -1;
}

/** The photo-eye does what its test output says. */
function answerTest<G extends Gate>(gate: G, told: readonly DeviceReport[], answers: readonly GuardEvent[]): Fed<G> {
  const isOn = gate.guard.tests.running?.on === true;
  const wasOn = gate.tested === "acted";
  const tested = isOn ? "acted" : wasOn ? "proven" : gate.tested;
  const after = feedAll({ ...gate, tested }, [...answers, inputEvent(gate, "photo_eye")]);
  return { gate: after.gate, reports: [...told, ...after.reports] };
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

function inputEvent({ occupied, guard, deaf }: Gate, name: Toggle): GuardEvent {
  const isTested = name === "photo_eye" && guard.tests.running?.on === true && !deaf;
  const on = occupied[name] || isTested;
  if (name === "photo_eye" || name === "fire" || name === "outputs_enabled" || name === "key_switch")
    return { kind: "contact", name, signal: on ? "open" : "closed" };
  return { kind: "loop", name, signal: on ? "occupied" : "clear" };
}

/** A step of time: the arm travels, the inputs are sampled or lost, the rules are evaluated. */
export function passTime<G extends Gate>(gate: G, isLost: boolean, ms = GUARD_TICK_MS): Fed<G> {
  const top = travelSteps(gate);
  const height = gate.stuck ? gate.height : Math.max(0, Math.min(top, gate.height + gate.heading));
  const atLimit = height === 0 || height === top;
  const moved: G = { ...gate, now: later(gate.now, ms), height, heading: atLimit ? 0 : gate.heading };
  const sampled: readonly GuardEvent[] = [
    { kind: "holds", inputs: INPUT_NAMES },
    ...TOGGLES.map((name) => inputEvent(moved, name)),
    ...limits(moved),
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
  if (begins(after, before) && !isProven(before)) return "SAFE-13: closes without a test";
  if (after.begun > cyclesAnHour(after.policy.protection)) return "SAFE-23: more cycles than the motor bears";
  if (relays.down && after.doubted !== "no") return "SAFE-15: down with a loop that lost its sight";
  if (goesDownOnto(after, before)) return "SAFE-04: goes on coming down onto something";
  if (green && (view.position !== "up" || relays.down)) return "SAFE-21: green";
  if (maintenance === "on" && (relays.up || relays.down)) return "SAFE-22: a relay under the maintenance lock";
  return null;
}

function begins(after: Gate, before: Gate): boolean {
  return after.guard.motion.kind === "lowering" && before.guard.motion.kind !== "lowering";
}

/** By what the device itself did. */
function isProven({ policy, tested }: Gate): boolean {
  return policy.protection.tested.length === 0 || tested === "proven";
}

/** Half a second after the guard saw it off its limits, and with a board that works and took the raise, no arm comes down onto something any more. */
function goesDownOnto(after: Gate, before: Gate): boolean {
  const onto = ({ heading, occupied, board, swallowed, guard, stuck }: Gate): boolean =>
    heading < 0 &&
    (occupied.safety || occupied.photo_eye) &&
    board === "works" &&
    !swallowed &&
    !stuck &&
    guard.view.blocked === null &&
    guard.view.position !== "unknown" &&
    guard.view.position !== "up";
  return after.now - before.now >= GUARD_TICK_MS && onto(before) && after.heading < 0;
}
