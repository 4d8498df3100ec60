import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { table } from "./table.ts";

const HEADINGS = ["LANE", "DIRECTION", "MODE", "STATE", "BARRIER", "ARMING", "SAFETY", "CLOSING", "PLATE", "ALARMS"];

/** All lanes, a row each. */
export function laneTable(lanes: readonly TelemetryLane[]): string {
  return table(
    HEADINGS,
    lanes.map((lane) => [
      lane.code,
      lane.direction,
      lane.mode,
      lane.state,
      lane.barrier,
      lane.loops.arming,
      lane.loops.safety,
      lane.loops.closing,
      lane.plate ?? "-",
      lane.alarms.join(", ") || "none",
    ]),
  );
}
