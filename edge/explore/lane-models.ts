import { type Canon, canonical } from "./canonical.ts";
import { act } from "./lane-actions.ts";
import { laneBreach, laneMarks, laneSettles } from "./lane-rules.ts";
import { type LaneWorld, SHORT_MS, startWorld, type WorldOptions } from "./lane-world.ts";
import type { Model } from "./search.ts";

/** The longest time that the lane compares each instant with, by the timings of the model. */
export const LANE_CANON: Canon = {
  instants: {
    since: 2 * SHORT_MS,
    at: SHORT_MS,
    askedAt: SHORT_MS,
    issuedAt: 2 * SHORT_MS,
    leftAt: 2 * SHORT_MS,
    clearedAt: 2 * SHORT_MS,
    quietSince: 0,
    blindSince: 2 * SHORT_MS,
  },
  ids: new Set([
    "id",
    "grantId",
    "requestId",
    "requests",
    "jobId",
    "job",
    "callId",
    "call",
    "movementId",
    "record",
    "recorded",
    "opened",
    "ticket",
    "owedUnder",
    "debts",
    "asked",
    "ref",
  ]),
  leftOut: new Set([
    "boot",
    "seq",
    "boots",
    "display",
    "alarms",
    "remoteOpens",
    "laneId",
    "read",
    "actor",
    "reason",
    "commandId",
    "sessionId",
    "amount",
    "payment",
    "recorded",
    "opened",
    "tickMs",
    "underArm",
    "unanswered",
    "policy",
    "now",
    "effects",
    "broken",
    "sensed",
  ]),
};

/** Where no action names a plate, plates are only compared with each other, as ids are. */
const CANON_NAMELESS: Canon = { ...LANE_CANON, ids: new Set([...LANE_CANON.ids, "value", "values", "plate"]) };

/** Everything that the future of a lane's model hangs on. */
export function laneKey(world: LaneWorld, canon = LANE_CANON): string {
  const { arm } = world.lane;
  // When an arm began to travel, nothing asks for.
  const at = arm.at === "opening" || arm.at === "closing" ? { ...arm, since: 0 } : arm;
  return canonical({ ...world, lane: { ...world.lane, arm: at } }, world.now, canon);
}

function laneModel(name: string, options: WorldOptions, actions: readonly string[]): Model<LaneWorld> {
  const canon = actions.some((one) => one.startsWith("read ")) ? LANE_CANON : CANON_NAMELESS;
  const key = (world: LaneWorld): string => laneKey(world, canon);
  return {
    name,
    start: startWorld(options),
    actions,
    apply: act,
    key,
    check: laneBreach,
    settles: (world, known) => laneSettles(world, known, key),
    marks: laneMarks,
  };
}

const ARMING = ["on arming", "off arming"];
const LOOPS = [...ARMING, "on safety", "off safety", "on closing", "off closing"];

interface Sizes {
  readonly tickMs: number;
  readonly underArm: number;
  readonly unanswered: number;
  readonly readLifeMs: number;
}

const SMALL: Sizes = { tickMs: 2 * SHORT_MS, underArm: 1, unanswered: 1, readLifeMs: 1 };

/** The lane's machine alone, with different things going on around it. */
export function laneModels(isLong: boolean): readonly Model<LaneWorld>[] {
  const under = (more: Partial<Sizes>): Sizes => ({ ...SMALL, ...(isLong ? more : {}) });
  const only = (words: readonly string[]): readonly string[] => (isLong ? words : []);
  return [
    laneModel("passages", { direction: "entry", ...under({ underArm: 2 }) }, ["wait", ...LOOPS, "let in"]),
    laneModel("refused and followed", { direction: "entry", ...under({ readLifeMs: SHORT_MS }) }, [
      "wait",
      ...ARMING,
      "read A1",
      "read B2",
      "desk admit",
      "desk refuse",
      "desk retry",
    ]),
    laneModel("slow desk at an entry", { direction: "entry", ...SMALL }, [
      "wait",
      ...ARMING,
      ...only(["on safety", "off safety"]),
      "read A1",
      "desk admit",
      "desk refuse",
      "desk fail",
    ]),
    laneModel("answers that cross", { direction: "entry", ...under({ unanswered: 2 }) }, [
      "wait",
      ...ARMING,
      "read A1",
      "read B2",
      "desk admit",
      "desk refuse",
      "desk fail",
    ]),
    laneModel("hands and the desk", { direction: "entry", ...SMALL }, [
      "wait",
      ...ARMING,
      "read A1",
      "desk admit",
      "desk refuse",
      "hand open",
    ]),
    laneModel("slow desk at an exit", { direction: "exit", ...under({ tickMs: SHORT_MS }) }, [
      "wait",
      ...ARMING,
      ...only(["on safety", "off safety"]),
      "read A1",
      "desk admit",
      "desk refuse",
      "desk fail",
    ]),
    laneModel("payment", { direction: "exit", ...SMALL }, [
      "wait",
      ...ARMING,
      "read A1",
      ...only(["scan Q7"]),
      "desk admit",
      "desk pay",
      "desk fail",
      "pay approved",
      "pay declined",
      "pay cancelled",
      "pay lost",
      "pay old",
    ]),
    laneModel("payment with an operator", { direction: "exit", exit: "ask_operator", ...SMALL }, [
      "wait",
      ...ARMING,
      "read A1",
      "desk admit",
      "desk operator",
      "desk fail",
      ...only(["desk pay", "pay approved", "hand open"]),
      "call failed",
    ]),
    laneModel("lost ticket", { direction: "exit", exit: "ask_operator", ...SMALL }, [
      "wait",
      ...ARMING,
      "read A1",
      "desk admit",
      "desk pay",
      "desk fail",
      "pay approved",
      "hand lost_ticket",
    ]),
    laneModel("tickets", { direction: "entry", onFailure: "plate", ...SMALL }, [
      "wait",
      ...ARMING,
      "read A1",
      "button",
      "no key",
      "desk ticket",
      "desk admit",
      "desk refuse",
      "ticket presented",
      "ticket taken",
      "ticket failed",
      "paper out",
      "paper in",
      "help",
      "call failed",
    ]),
    laneModel("locks and fire", { direction: "entry", ...SMALL }, [
      "wait",
      ...ARMING,
      "let in",
      "hand maintenance_on",
      "hand maintenance_off",
      "fire",
      "hand reset",
      "restart",
      ...only(["store"]),
    ]),
    laneModel("hands", { direction: "entry", ...SMALL }, [
      "wait",
      ...ARMING,
      "let in",
      "hand open",
      "hand close",
      "hand hold",
      "hand lock",
      "hand automatic",
      "far close",
      ...only(["on safety", "off safety"]),
    ]),
    laneModel("faults", { direction: "entry", ...SMALL }, [
      "wait",
      ...ARMING,
      "let in",
      "blind",
      "store",
      "latch",
      "hand reset",
      "hand maintenance_on",
      "restart",
    ]),
    laneModel("exit without sight", { direction: "exit", ...SMALL }, [
      "wait",
      ...ARMING,
      "read A1",
      "desk admit",
      "blind",
      "hand open",
      "help",
      "call failed",
    ]),
    laneModel("both ways", { direction: "reversible", ...SMALL }, [
      "wait",
      ...LOOPS,
      "let in",
      "hand direction_entry",
      "hand direction_exit",
      "restart",
    ]),
  ];
}
