import type { SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import { vehicleOf } from "./approach.ts";
import { displayText } from "./display-text.ts";
import type { LaneSnapshot } from "./lane-control.ts";
import type { Approach, LaneState } from "./machine-types.ts";
import { isTurned } from "./reports.ts";
import { credentialValue } from "./turn.ts";

export type StateName =
  | "idle"
  | "armed"
  | "deciding"
  | "awaiting_payment"
  | "awaiting_ticket"
  | "opening"
  | "open"
  | "passing"
  | "closing";

const APPROACH_NAMES: Readonly<Record<Approach["at"], StateName>> = {
  empty: "idle",
  tail: "idle",
  waiting: "armed",
  deciding: "deciding",
  paying: "awaiting_payment",
  printing: "awaiting_ticket",
  admitted: "opening",
};

/** The lane in one word: the arm's when it is not shut, else that of the vehicle before it. */
export function stateName({ arm, approach, crossings }: LaneState): StateName {
  switch (arm.at) {
    case "opening":
    case "closing":
      return arm.at;
    case "open":
      return crossings.length > 0 ? "passing" : "open";
    case "shut":
    case "starting":
      return APPROACH_NAMES[approach.at];
  }
}

/** A lane in the words of the telemetry message. */
export function laneSnapshot(lane: SiteLane, state: LaneState): LaneSnapshot {
  const { safety, position } = state.sensed;
  // As they are wired and labelled, whichever way the lane works.
  const turned = isTurned(state.direction, lane.direction);
  const arming = turned ? state.sensed.closing : state.sensed.arming;
  const closing = turned ? state.sensed.arming : state.sensed.closing;
  return {
    lane_id: lane.id,
    code: lane.code,
    direction: state.direction,
    mode: state.mode.kind,
    state: stateName(state),
    barrier: position,
    loops: { arming, safety, closing },
    plate: plateInLane(state)?.slice(0, 32) ?? null,
    display: displayText(state.display).slice(0, 128),
    alarms: [...state.alarms],
  };
}

function plateInLane({ crossings, grants, approach }: LaneState): string | null {
  const admitted = crossings[0]?.grant?.values[0] ?? grants[0]?.values[0];
  if (admitted) return admitted;
  const plate = vehicleOf(approach)?.plate;
  if (plate) return credentialValue(plate);
  if (approach.at === "deciding" || approach.at === "paying") return credentialValue(approach.credential);
  return approach.at === "waiting" && approach.answer ? credentialValue(approach.answer.credential) : null;
}
