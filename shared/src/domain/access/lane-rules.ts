import type { Direction } from "../../contracts/primitives.ts";
import type { LotPolicy } from "../../contracts/replica/lot.ts";
import { assertNever } from "../../kit/exhaustive.ts";
import type { LaneFacts } from "./facts.ts";
import { byPolicy, byRule, type Verdict } from "./verdict.ts";

/** What the lane itself says, before anybody looks at the vehicle; null: go on. An exit calls for help, it never just refuses. */
export function laneVerdict(lane: LaneFacts, policy: LotPolicy, wanted: Direction): Verdict | null {
  if (lane.direction !== wanted) return { outcome: "refuse", reasons: [byRule("lane_wrong_direction", lane.laneId)] };
  // SAFE-27: a read or a code counts only with a vehicle on the lane's loop.
  if (!lane.vehiclePresent) return { outcome: "refuse", reasons: [byPolicy("no_vehicle", policy)] };
  switch (lane.mode) {
    case "automatic":
    case "held_open":
    case "emergency_open":
      return null;
    case "locked":
      return closedLane("lane_locked", lane, wanted);
    case "out_of_service":
    case "fault":
      return closedLane("lane_out_of_service", lane, wanted);
    default:
      return assertNever(lane.mode);
  }
}

/** Whether vehicles pass the lane whatever is decided. */
export function laneStandsOpen({ mode }: LaneFacts): boolean {
  return mode === "held_open" || mode === "emergency_open";
}

function closedLane(code: "lane_locked" | "lane_out_of_service", lane: LaneFacts, direction: Direction): Verdict {
  const reasons = [byRule(code, lane.laneId)] as const;
  return direction === "exit" ? { outcome: "ask", ask: "operator", reasons } : { outcome: "refuse", reasons };
}
