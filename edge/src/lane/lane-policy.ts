import type { SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import type { FailPolicy, LanePolicy } from "./machine-types.ts";

/** The direction that a lane works in before anybody turned it. */
export function ownDirection({ direction, default_direction }: SiteLane): Direction {
  return direction === "reversible" ? default_direction : direction;
}

/** What a lane's machine has to know of its site file and of the lot's policy as of now. */
export function lanePolicy(lane: SiteLane, fail: FailPolicy): LanePolicy {
  const { direction, timings, peripherals, without_read, without_ticket } = lane;
  const tickets = { printed: peripherals.printer !== undefined, onFailure: without_ticket };
  return { direction, timings, fail, noRead: without_read, tickets };
}
