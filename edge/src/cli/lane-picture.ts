import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";

const ARMS: Readonly<Record<TelemetryLane["barrier"], string>> = {
  up: "│    up",
  raising: "╱    raising",
  lowering: "╲    lowering",
  down: "──── down",
  stopped: "╌╌╌╌ stopped",
  unknown: "?    position unknown",
};

const LOOPS: Readonly<Record<string, string>> = { occupied: "[■■]", clear: "[  ]", fault: "[!!]", unknown: "[??]" };

/** A lane seen from the side, in five lines of text. */
export function lanePicture(lane: TelemetryLane): string {
  const { arming, safety, closing } = lane.loops;
  return [
    `${lane.code} (${lane.direction})  ${lane.mode}, ${lane.state}${lane.plate === null ? "" : `, ${lane.plate}`}`,
    `                ${ARMS[lane.barrier]}`,
    `  ${LOOPS[arming] ?? arming} ──────── ${LOOPS[safety] ?? safety} ──────── ${LOOPS[closing] ?? closing}`,
    "  arming        safety        closing",
    lane.alarms.length > 0 ? `  ALARM ${lane.alarms.join(", ")}` : `  ${lane.display}`,
  ].join("\n");
}
