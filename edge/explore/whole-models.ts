import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { GuardPolicy } from "../src/guard/guard-turn.ts";
import type { DeviceCommand, DeviceReport } from "../src/guard/messages.ts";
import type { LaneAction } from "../src/lane/lane-control.ts";
import { initialLane, step } from "../src/lane/machine.ts";
import type { LaneEffect, LaneEvent, LanePolicy, LaneState } from "../src/lane/machine-types.ts";
import { standsOpen } from "../src/lane/turn.ts";
import { type Canon, canonical } from "./canonical.ts";
import { GUARD_CANON } from "./guard-models.ts";
import {
  type Fed,
  feedAll,
  type Gate,
  GUARD_POLICY,
  GUARD_TICK_MS,
  gateBreach,
  PROTECTED,
  passTime,
  startGate,
  TOGGLES,
  type Toggle,
  toggle,
} from "./guard-world.ts";
import { LANE_CANON } from "./lane-models.ts";
import { LANE_ID } from "./lane-world.ts";
import type { Model } from "./search.ts";
import type { StateSet } from "./state-set.ts";

/** Machine and guard together, as they run: each effect goes to the real guard, each of its reports back. */
interface Whole extends Gate {
  readonly lane: LaneState;
  readonly storeWorks: boolean;
}

const policy: LanePolicy = {
  direction: "entry",
  timings: { ...GUARD_POLICY.timings, no_passage_close_ms: 2 * GUARD_TICK_MS },
  fail: { entry: "closed", exit: "open" },
  noRead: "open",
  tickets: { printed: false, onFailure: "closed" },
};

function drive(whole: Whole, event: LaneEvent): Whole {
  const { state, effects } = step(whole.lane, event, whole.now, policy);
  return effects.reduce(carryOut, { ...whole, lane: state });
}

function carryOut(whole: Whole, effect: LaneEffect): Whole {
  if (effect.kind === "device") return command(whole, effect.command);
  if (effect.kind === "keep") return drive(whole, { kind: "kept", ref: effect.ref, ok: true });
  if (effect.kind !== "record_close") return whole;
  const { record } = effect;
  if (whole.storeWorks) return drive(whole, { kind: "close_recorded", record });
  return drive(whole, { kind: "close_unrecorded", record, code: "store_failed" });
}

/** The guard evaluates its rules every 10 ms, so a close does not wait for the model's next step of time. */
function command(whole: Whole, wanted: DeviceCommand): Whole {
  const event = wanted.kind === "reset" ? { ...wanted, fireInLot: whole.occupied.fire } : wanted;
  return tell(feedAll(whole, wanted.kind === "close" ? [event, { kind: "tick" }] : [event]));
}

function tell({ gate, reports }: Fed<Whole>): Whole {
  return reports.reduce<Whole>(
    (at, report: DeviceReport) => drive(at, { kind: "report", report, wall: wallMs(0) }),
    gate,
  );
}

/*
 *   wait, lost, safety, fire, store, stuck    as in the guard's models
 *   hand open                                 a command at the lot
 */
function act(whole: Whole, action: string): Whole {
  const [verb, what] = action.split(" ");
  switch (verb) {
    case "wait":
    case "lost":
      return drive(tell(passTime(whole, verb === "lost")), { kind: "tick" });
    case "store":
      return { ...whole, storeWorks: !whole.storeWorks };
    case "stuck":
      return { ...whole, stuck: !whole.stuck };
    case "hand": {
      const order = { laneId: LANE_ID, actor: "a", reason: "r", commandId: null, origin: "local" } as const;
      return drive(whole, { kind: "command", ref: 1, command: { ...order, action: what as LaneAction } });
    }
    default:
      return tell(toggle(whole, action as Toggle));
  }
}

function breach(after: Whole, before: Whole): string | null {
  const { arm, grants, crossings, mode } = after.lane;
  const starts = after.guard.motion.kind === "lowering" && before.guard.motion.kind !== "lowering";
  if (starts && grants.length + crossings.length > 0) return "SAFE-25: closes on a vehicle that was let in";
  if (starts && !after.storeWorks) return "SAFE-20: closes without a durable record";
  if (starts && mode.kind === "maintenance") return "SAFE-22: closes under the maintenance lock";
  if (arm.at === "shut" && after.guard.motion.kind === "lowering") return "machine and guard differ";
  return gateBreach(after, before);
}

/** Half seconds in which a quiet gate comes to rest: raise, reversal hold, confirmations and travels. */
const QUIET_STEPS = 60;

function settles(whole: Whole, known: StateSet): string | null {
  const { occupied, storeWorks, stuck } = whole;
  let at: Whole = { ...whole, storeWorks: true, stuck: false };
  for (const name of TOGGLES) if (occupied[name]) at = act(at, name);
  if (!storeWorks || stuck) at = act(at, "wait");
  for (let done = 0; done < QUIET_STEPS; done++) {
    if (!known.add(key(at)) || isAtRest(at)) return null;
    at = act(at, "wait");
  }
  return `SAFE-24: a quiet gate does not close: ${at.lane.arm.at} in mode ${at.lane.mode.kind}`;
}

/** The arm is down, stands open for a reason that only people take away, or an alarm says why it does not come down. */
function isAtRest({ lane, height, guard }: Whole): boolean {
  const open = standsOpen(lane) || lane.mode.kind === "maintenance" || guard.alarms.length > 0;
  return open || (height === 0 && lane.arm.at === "shut");
}

const CANON: Canon = {
  // No vehicle waits on the arming loop in these models, so the guard's times are the longer ones of a name.
  instants: { ...LANE_CANON.instants, issuedAt: 2 * GUARD_TICK_MS, ...GUARD_CANON.instants },
  ids: new Set([...LANE_CANON.ids, ...GUARD_CANON.ids, "value", "values"]),
  leftOut: new Set([...LANE_CANON.leftOut, ...GUARD_CANON.leftOut]),
};

function key(whole: Whole): string {
  return canonical(whole, whole.now, CANON);
}

function* marks({ lane, guard }: Whole): Iterable<string> {
  yield `whole ${lane.mode.kind} x ${guard.motion.kind}`;
}

function startWhole(guardPolicy?: GuardPolicy): Whole {
  const lane = initialLane("b0", { direction: "entry", fire: false, maintenance: null });
  const gate = startGate(guardPolicy);
  const told = drive(
    { ...gate, lane, storeWorks: true },
    {
      kind: "report",
      report: { kind: "inputs", inputs: gate.guard.view },
      wall: wallMs(0),
    },
  );
  return [1, 2, 3, 4].reduce((at) => act(at, "wait"), told);
}

/** Lane and guard together. */
export function wholeModels(isLong: boolean): readonly Model<Whole>[] {
  const model = (name: string, actions: readonly string[], guardPolicy?: GuardPolicy): Model<Whole> => ({
    name,
    start: startWhole(guardPolicy),
    actions,
    apply: act,
    key,
    check: breach,
    settles,
    marks,
  });
  const hands = model("lane and guard, hands", [
    "wait",
    "safety",
    "hand open",
    "hand close",
    "hand lock",
    "hand automatic",
  ]);
  if (!isLong) return [model("lane and guard", ["wait", "safety", "hand open", "hand close"])];
  return [
    hands,
    model("lane and guard, fire", ["wait", "safety", "hand open", "fire", "hand reset"]),
    model("lane and guard, faults", ["wait", "lost", "safety", "hand open", "store"]),
    model("lane and guard, two channels", ["wait", "safety", "safety_b", "hand open", "hand close"], PROTECTED),
    model("lane and guard, two agents", ["wait", "safety", "hand open", "outputs_enabled"], PROTECTED),
    model("lane and guard, lock", ["wait", "safety", "hand open", "hand maintenance_on", "hand maintenance_off"]),
  ];
}
