import { protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import { later, type MonoMs, monoMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { expect, it } from "vitest";
import type { LaneDecision } from "../decision/decision-desk.ts";
import { guardStep } from "../guard/guard-reducer.ts";
import { type GuardEvent, type GuardState, initialGuard } from "../guard/guard-state.ts";
import { INPUT_NAMES } from "../guard/inputs.ts";
import type { DeviceCommand, DeviceReport } from "../guard/messages.ts";
import { initialLane, step } from "./machine.ts";
import type { LaneEffect, LaneEvent, LaneState } from "./machine-types.ts";
import { canonical, explore, TICK_MS } from "./testing/explore.ts";
import { NOTHING_KEPT } from "./testing/rig.ts";

/** Timings on the grid of the exploration. */
const timings = {
  ...laneTimings.parse({}),
  pulse_ms: TICK_MS,
  fresh_ms: TICK_MS,
  clear_hold_ms: TICK_MS,
  close_delay_ms: 0,
  no_passage_close_ms: 2 * TICK_MS,
  travel_max_ms: 2 * TICK_MS,
  grant_life_ms: 2 * TICK_MS,
  read_life_ms: 2 * TICK_MS,
};
const PROTECTION = protection.parse({});
const LANE = "00000000-0000-7000-8000-000000000001";
const DECISION: LaneDecision = {
  movementId: "m",
  outcome: "admit",
  ask: null,
  reasons: ["explored"],
  displayKey: "entry.welcome",
  sessionId: null,
  plate: "A1",
  due: null,
};

type Toggle = "arming" | "safety" | "closing" | "photo_eye" | "fire";

/** One gate with its arm: 0 is down, 2 is up. */
interface Gate {
  readonly guard: GuardState;
  readonly height: number;
  readonly heading: -1 | 0 | 1;
  readonly occupied: Readonly<Record<Toggle, boolean>>;
  readonly now: MonoMs;
}

interface Whole extends Gate {
  readonly lane: LaneState;
  readonly storeWorks: boolean;
}

const toggles: readonly Toggle[] = ["arming", "safety", "closing", "photo_eye", "fire"];

function inputEvent(gate: Gate, name: Toggle): GuardEvent {
  const on = gate.occupied[name];
  if (name === "photo_eye" || name === "fire") return { kind: "contact", name, signal: on ? "open" : "closed" };
  return { kind: "loop", name, signal: on ? "occupied" : "clear" };
}

function startGate(): Gate {
  const occupied = { arming: false, safety: false, closing: false, photo_eye: false, fire: false };
  const now = monoMs(10 * TICK_MS);
  let gate: Gate = { guard: initialGuard(now), height: 0, heading: 0, occupied, now };
  for (const name of toggles) gate = feed(gate, inputEvent(gate, name)).gate;
  for (const name of ["up", "down"] as const) gate = feed(gate, { kind: "limit", name, active: name === "down" }).gate;
  return gate;
}

/** One event into the guard; the arm takes the closing edges of the relays. */
function feed<G extends Gate>(gate: G, event: GuardEvent): { gate: G; reports: readonly DeviceReport[] } {
  const { state, reports } = guardStep(gate.guard, event, gate.now, { timings, protection: PROTECTION });
  const rises = (name: "up" | "down"): boolean => state.relays[name] && !gate.guard.relays[name];
  const heading = rises("up") ? 1 : rises("down") && !state.relays.up ? -1 : gate.heading;
  return { gate: { ...gate, guard: state, heading }, reports };
}

/** A tick of time: the arm travels, the inputs are sampled, the rules are evaluated. */
function passTime<G extends Gate>(gate: G, silent: boolean): { gate: G; reports: readonly DeviceReport[] } {
  const height = Math.max(0, Math.min(2, gate.height + gate.heading));
  let at: G = {
    ...gate,
    now: later(gate.now, TICK_MS),
    height,
    heading: height === 0 || height === 2 ? 0 : gate.heading,
  };
  const reports: DeviceReport[] = [];
  const events: GuardEvent[] = silent
    ? [{ kind: "lost", inputs: INPUT_NAMES }]
    : [
        { kind: "holds", inputs: INPUT_NAMES },
        ...toggles.map((name) => inputEvent(at, name)),
        { kind: "limit", name: "up", active: height === 2 },
        { kind: "limit", name: "down", active: height === 0 },
      ];
  for (const event of [...events, { kind: "tick" } as const]) {
    const fed = feed(at, event);
    at = fed.gate;
    reports.push(...fed.reports);
  }
  return { gate: at, reports };
}

function brokenRule(after: Gate, before: Gate): string | null {
  const { relays, view, motion, latch, fire, green } = after.guard;
  if (relays.up && relays.down) return "SAFE-01: both relays";
  const opposite = (relays.up && before.guard.relays.down) || (relays.down && before.guard.relays.up);
  if (opposite && after.now - before.now < 200) return "SAFE-01: no gap";
  if (relays.down && view.hazard !== null) return "SAFE-02: down in hazard";
  if (relays.down && (after.occupied.safety || after.occupied.photo_eye)) return "SAFE-02: down onto something";
  if (motion.kind === "lowering" && view.hazard !== null) return "SAFE-04: not reversed";
  if (relays.down && latch !== null) return "SAFE-05: down while latched";
  if ((fire || after.occupied.fire) && relays.down) return "SAFE-07: down in fire";
  if (relays.down && motion.kind === "lowering" && motion.record === "") return "SAFE-20: no record";
  if (green && (view.position !== "up" || relays.down)) return "SAFE-21: green";
  return null;
}

type GuardAction = Toggle | "wait" | "lost" | "open" | "close" | "close_unrecorded" | "open_and_close" | "reset";

function applyGuard(gate: Gate, action: GuardAction): Gate {
  const id = `boot:${gate.now}`;
  const open: GuardEvent = { kind: "open", grant: `${id}g`, notAfter: later(gate.now, TICK_MS) };
  const close: GuardEvent = { kind: "close", record: id };
  const feedAll = (events: readonly GuardEvent[]): Gate => events.reduce((at, event) => feed(at, event).gate, gate);
  switch (action) {
    case "wait":
      return passTime(gate, false).gate;
    case "lost":
      return passTime(gate, true).gate;
    case "open":
      return feedAll([open]);
    case "close":
      return feedAll([close, { kind: "tick" }]);
    case "close_unrecorded":
      return feedAll([{ kind: "close", record: "" }, { kind: "tick" }]);
    case "open_and_close":
      return feedAll([open, close, { kind: "tick" }]);
    case "reset":
      return feedAll([{ kind: "reset", id, fireInLot: gate.occupied.fire }]);
    default: {
      const toggled = { ...gate, occupied: { ...gate.occupied, [action]: !gate.occupied[action] } };
      return feed(toggled, inputEvent(toggled, action)).gate;
    }
  }
}

const gateKey = ({ now, ...rest }: Gate): string => canonical(rest, now);

it("no order of inputs and commands breaks a rule of the guard (Verifies: SAFE-01, SAFE-02, SAFE-04, SAFE-05, SAFE-06, SAFE-07, SAFE-09, SAFE-20, SAFE-21)", () => {
  const actions: GuardAction[] = [
    "wait",
    "safety",
    "photo_eye",
    "fire",
    "lost",
    "open",
    "close",
    "close_unrecorded",
    "open_and_close",
    "reset",
  ];
  const explored = explore({
    start: startGate(),
    actions,
    apply: applyGuard,
    key: gateKey,
    check: brokenRule,
    maxStates: 12_000,
  });
  process.stdout.write(
    `guard: ${explored.states} states, ${explored.transitions} transitions, complete: ${explored.complete}\n`,
  );
  expect(explored.breach).toBeNull();
  expect(explored.states).toBeGreaterThan(5_000);
}, 60_000);

type LaneAction =
  | GuardAction
  | "offer"
  | "store"
  | "operator_open"
  | "operator_close"
  | "hold"
  | "automatic"
  | "lane_reset";

/** Takes an event into the machine and carries out its effects, and theirs, until nothing is left to do. */
function drive(whole: Whole, event: LaneEvent): Whole {
  const { state, effects } = step(whole.lane, event, whole.now, {
    direction: "exit",
    timings,
    fail: { entry: "closed", exit: "open" },
    noRead: "ask",
    tickets: { printed: false, onFailure: "closed" },
  });
  return effects.reduce(carryOut, { ...whole, lane: state });
}

function carryOut(whole: Whole, effect: LaneEffect): Whole {
  switch (effect.kind) {
    case "decide": {
      const { ticket } = effect;
      const event = whole.storeWorks
        ? { kind: "decided", ticket, decision: DECISION }
        : { kind: "decide_failed", ticket, code: "x" };
      return drive(whole, event as LaneEvent);
    }
    case "record_close": {
      const { record } = effect;
      return drive(
        whole,
        whole.storeWorks ? { kind: "close_recorded", record } : { kind: "close_unrecorded", record, code: "x" },
      );
    }
    case "device":
      return command(whole, effect.command);
    default:
      return whole;
  }
}

function command(whole: Whole, wanted: DeviceCommand): Whole {
  const event = wanted.kind === "reset" ? { ...wanted, fireInLot: whole.occupied.fire } : wanted;
  const fed = feed(whole, event);
  return fed.reports.reduce(report, fed.gate);
}

function report(whole: Whole, one: DeviceReport): Whole {
  return drive(whole, { kind: "report", report: one, wall: wallMs(0) });
}

function applyLane(whole: Whole, action: LaneAction): Whole {
  const hand = (what: "open" | "close" | "hold" | "automatic" | "reset"): Whole =>
    drive(whole, {
      kind: "command",
      ref: 1,
      command: { laneId: LANE, action: what, actor: "a", reason: "r", commandId: null, origin: "local" },
    });
  switch (action) {
    case "offer":
      return drive(whole, {
        kind: "offer",
        credential: { laneId: LANE, kind: "plate", value: "A1", read: null, direction: null },
      });
    case "store":
      return { ...whole, storeWorks: !whole.storeWorks };
    case "operator_open":
      return hand("open");
    case "operator_close":
      return hand("close");
    case "hold":
    case "automatic":
      return hand(action);
    case "lane_reset":
      return hand("reset");
    case "wait":
    case "lost": {
      const passed = passTime(whole, action === "lost");
      return drive(passed.gate.guard === whole.guard ? passed.gate : passed.reports.reduce(report, passed.gate), {
        kind: "tick",
      });
    }
    default: {
      const toggled = { ...whole, occupied: { ...whole.occupied, [action]: !whole.occupied[action as Toggle] } };
      const fed = feed(toggled, inputEvent(toggled, action as Toggle));
      return fed.reports.reduce(report, fed.gate);
    }
  }
}

function brokenInLane(after: Whole, before: Whole): string | null {
  const { arm, grants, crossings } = after.lane;
  const started = after.guard.motion.kind === "lowering" && before.guard.motion.kind !== "lowering";
  if (started && (grants.length > 0 || crossings.length > 0)) return "SAFE-25: closes on a vehicle that was let in";
  if (started && !after.storeWorks) return "SAFE-20: closes without a durable record";
  if (arm.at === "shut" && after.guard.motion.kind === "lowering") return "machine and guard differ";
  return brokenRule(after, before);
}

it("no order of vehicles, faults and commands breaks a rule of lane and guard together (Verifies: SAFE-02, SAFE-18, SAFE-20, SAFE-25)", () => {
  const start: Whole = { ...startGate(), lane: initialLane("boot", NOTHING_KEPT), storeWorks: true };
  const ready = [1, 2, 3].reduce(
    (whole) => applyLane(whole, "wait"),
    report(start, { kind: "inputs", inputs: start.guard.view }),
  );
  expect(ready.lane.arm.at).toBe("shut");
  const actions: LaneAction[] = [
    "wait",
    "arming",
    "safety",
    "closing",
    "fire",
    "lost",
    "offer",
    "store",
    "operator_open",
    "operator_close",
    "hold",
    "automatic",
    "lane_reset",
  ];
  const key = ({ now, ...rest }: Whole): string => canonical(rest, now);
  const explored = explore({ start: ready, actions, apply: applyLane, key, check: brokenInLane, maxStates: 4_000 });
  process.stdout.write(
    `lane and guard: ${explored.states} states, ${explored.transitions} transitions, complete: ${explored.complete}\n`,
  );
  expect(explored.breach).toBeNull();
  expect(explored.states).toBeGreaterThan(4_000);
}, 60_000);
