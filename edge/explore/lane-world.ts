import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { Direction, LaneDirection } from "@gatehouse/shared/contracts/primitives.ts";
import { later, type MonoMs, monoMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { LaneInputs } from "../src/guard/inputs.ts";
import type { DeviceReport } from "../src/guard/messages.ts";
import { initialLane, step } from "../src/lane/machine.ts";
import type { KeptLane, LaneEffect, LaneEvent, LanePolicy, LaneState } from "../src/lane/machine-types.ts";
import { type Books, EMPTY_BOOKS, keepBooks } from "./books.ts";

/** The lane's shorter times in these models, ms; its longer ones are twice as long, as its constants are. */
export const SHORT_MS = 1_500;
export const LANE_ID = "lane";

export type LoopName = "arming" | "safety" | "closing";

/** A lane with what surrounds it: vehicles on loops, an arm, a desk that answers when it is told to, a disk. */
export interface LaneWorld {
  readonly lane: LaneState;
  readonly policy: LanePolicy;
  readonly now: MonoMs;
  readonly boots: number;
  readonly loops: Readonly<Record<LoopName, boolean>>;
  readonly arm: "down" | "rising" | "up" | "lowering";
  /** Nothing is known of the inputs. */
  readonly blind: boolean;
  readonly storeWorks: boolean;
  readonly fire: boolean;
  /** The guard's own lock and latch. */
  readonly locked: boolean;
  readonly latched: boolean;
  readonly kept: KeptLane;
  readonly books: Books;
  readonly tickMs: number;
  readonly underArm: number;
  readonly unanswered: number;
  /** Effects of the last action, and what was wrong with them. */
  readonly effects: readonly LaneEffect[];
  readonly broken: string | null;
}

export interface WorldOptions {
  readonly direction: LaneDirection;
  readonly exit?: LanePolicy["fail"]["exit"];
  readonly onFailure?: "closed" | "plate";
  readonly works?: Direction;
  /** One step of time: `SHORT_MS` tells short times from long ones, twice that lets both end together. */
  readonly tickMs?: number;
  /** Vehicles under the arm at one time, at most. */
  readonly underArm?: number;
  /** Requests that the desk may have unanswered at one time; at the limit nothing more is read. */
  readonly unanswered?: number;
  /** How long a read counts, ms; 1 lets it count only at its own moment. */
  readonly readLifeMs?: number;
}

const timings = {
  ...laneTimings.parse({}),
  close_delay_ms: 0,
  no_passage_close_ms: 2 * SHORT_MS,
  read_life_ms: SHORT_MS,
  decision_max_ms: SHORT_MS,
  payment_max_ms: SHORT_MS,
  no_read_ms: 2 * SHORT_MS,
};

/** An empty lane whose arm is down. */
export function startWorld({
  direction,
  exit = "open",
  onFailure = "closed",
  works,
  ...limits
}: WorldOptions): LaneWorld {
  const own = works ?? (direction === "exit" ? "exit" : "entry");
  const kept: KeptLane = { direction: own, fire: false, maintenance: null };
  const tickets = { printed: direction === "entry", onFailure } as const;
  const lives = { ...timings, read_life_ms: limits.readLifeMs ?? SHORT_MS };
  const policy: LanePolicy = { direction, timings: lives, fail: { entry: "closed", exit }, noRead: "open", tickets };
  const empty: LaneWorld = {
    lane: initialLane("b0", kept),
    policy,
    now: monoMs(100 * SHORT_MS),
    boots: 0,
    loops: { arming: false, safety: false, closing: false },
    arm: "down",
    blind: false,
    storeWorks: true,
    fire: false,
    locked: false,
    latched: false,
    kept,
    books: EMPTY_BOOKS,
    tickMs: limits.tickMs ?? SHORT_MS,
    underArm: limits.underArm ?? 1,
    unanswered: limits.unanswered ?? 1,
    effects: [],
    broken: null,
  };
  return { ...tellInputs(empty), effects: [] };
}

/** One event into the machine, and its effects into the world, until nothing is left to do. */
export function drive(world: LaneWorld, event: LaneEvent): LaneWorld {
  const { state, effects } = step(world.lane, event, world.now, world.policy);
  let next: LaneWorld = { ...world, lane: state };
  for (const effect of effects) {
    const broken = next.broken ?? judgeEffect(next, effect);
    const { books, breach } = keepBooks(next.books, effect);
    next = { ...next, books, effects: [...next.effects, effect], broken: broken ?? breach };
    next = carryOut(next, effect);
  }
  return next;
}

/** What no effect may do, whatever the state was. */
function judgeEffect({ lane, loops, policy, books }: LaneWorld, effect: LaneEffect): string | null {
  if (effect.kind === "device") {
    const { command } = effect;
    const moves = command.kind === "open" || command.kind === "close";
    if (moves && lane.mode.kind === "maintenance") return `SAFE-22: ${command.kind} under a maintenance lock`;
    if (command.kind === "close" && lane.grants.length + lane.crossings.length > 0)
      return "SAFE-25: closes on a vehicle that was let in";
    if (command.kind === "close" && command.record !== books.recorded) return "SAFE-20: closes without a record";
    if (command.kind === "open" && books.opened.includes(command.grant)) return "SAFE-16: one grant opens twice";
  }
  if (effect.kind !== "decide" || effect.credential.kind !== "plate" || effect.override !== null) return null;
  const turned = policy.direction === "reversible" && lane.direction === "exit";
  if (!loops[turned ? "closing" : "arming"]) return "SAFE-27: decides on a plate without a vehicle on the loop";
  const before = books.movements.find(({ id }) => id === effect.again);
  const isSame = !before || before.anyPlate || before.plate === null || before.plate === effect.credential.value;
  return isSame ? null : "SAFE-27: another vehicle's plate decides for the one that stands";
}

function carryOut(world: LaneWorld, effect: LaneEffect): LaneWorld {
  switch (effect.kind) {
    case "record_close": {
      const { record } = effect;
      if (!world.storeWorks) return drive(world, { kind: "close_unrecorded", record, code: "store_failed" });
      return drive({ ...world, books: { ...world.books, recorded: record } }, { kind: "close_recorded", record });
    }
    case "keep": {
      const { ref, lane } = effect;
      const kept = world.storeWorks ? lane : world.kept;
      return drive({ ...world, kept }, { kind: "kept", ref, ok: world.storeWorks });
    }
    case "device":
      return command(world, effect.command);
    default:
      return world;
  }
}

type Command = Extract<LaneEffect, { kind: "device" }>["command"];

/** The guard, as far as a lane sees it; what it does itself is explored with the real one. */
function command(world: LaneWorld, wanted: Command): LaneWorld {
  switch (wanted.kind) {
    case "open": {
      const veto = { kind: "vetoed", command: "open", id: wanted.grant, reason: "maintenance" } as const;
      if (world.locked) return report(world, veto);
      const raised = { ...world, arm: world.arm === "up" ? "up" : "rising" } as const;
      return world.arm === "up"
        ? report(raised, { kind: "opened" })
        : report(raised, { kind: "raising", cause: "command" });
    }
    case "close": {
      const hazard = hazardOf(world);
      const blocked = world.locked || world.latched || world.fire || world.blind || world.arm !== "up";
      const veto = {
        kind: "vetoed",
        command: "close",
        id: wanted.record,
        reason: "hazard",
        hazard,
        againInMs: null,
      } as const;
      if (hazard !== null || blocked) return report(world, veto);
      return report({ ...world, arm: "lowering" }, { kind: "lowering", record: wanted.record });
    }
    case "reset": {
      const { id } = wanted;
      if (world.fire) return report(world, { kind: "vetoed", command: "reset", id, reason: "fire" });
      return report({ ...world, latched: false }, { kind: "reset", id });
    }
    case "maintenance":
      return tellInputs({ ...world, locked: wanted.on });
    case "light":
    case "keep_open":
      return world;
  }
}

/** A report of the guard. */
export function report(world: LaneWorld, one: DeviceReport): LaneWorld {
  return drive(world, { kind: "report", report: one, wall: wallMs(0) });
}

/** The inputs as they are now. */
export function tellInputs(world: LaneWorld): LaneWorld {
  const seen = (loop: LoopName) => (world.blind ? "unknown" : world.loops[loop] ? "occupied" : "clear");
  const inputs: LaneInputs = {
    arming: seen("arming"),
    safety: seen("safety"),
    closing: seen("closing"),
    position: world.blind ? "unknown" : POSITION[world.arm],
    fire: world.fire,
    hazard: hazardOf(world),
    blocked: world.locked ? "maintenance" : null,
    keySwitch: false,
    cabinetOpen: false,
  };
  return report(world, { kind: "inputs", inputs });
}

const POSITION = { down: "down", rising: "raising", up: "up", lowering: "lowering" } as const;

function hazardOf({ blind, loops, fire }: LaneWorld): string | null {
  if (blind) return "position";
  return loops.safety ? "safety" : fire ? "fire" : null;
}

/** A second goes by: the arm arrives, or turns round over a vehicle. */
export function passTime(world: LaneWorld): LaneWorld {
  const later1: LaneWorld = { ...world, now: later(world.now, world.tickMs) };
  const moved = moveArm(later1);
  return drive(tellInputs(moved), { kind: "tick" });
}

function moveArm(world: LaneWorld): LaneWorld {
  if (world.arm === "rising") return report({ ...world, arm: "up" }, { kind: "opened" });
  if (world.arm !== "lowering") return world;
  const hazard = hazardOf(world);
  if (hazard !== null) return report({ ...world, arm: "rising" }, { kind: "reversed", cause: hazard, count: 1 });
  return report({ ...world, arm: "down" }, { kind: "closed" });
}

/** The agent starts anew: what it knew is gone but for what it kept; the desk ends what was under way. */
export function restart(world: LaneWorld): LaneWorld {
  const { fire, maintenance } = world.kept;
  const boots = world.boots + 1;
  const arm = world.arm === "rising" || world.arm === "lowering" ? "up" : world.arm;
  const started: LaneWorld = {
    ...world,
    lane: initialLane(`b${boots}`, world.kept),
    boots,
    arm: fire && maintenance === null && arm === "down" ? "rising" : arm,
    locked: maintenance !== null,
    latched: false,
    books: EMPTY_BOOKS,
  };
  return tellInputs(fire ? report(started, { kind: "fire" }) : started);
}
