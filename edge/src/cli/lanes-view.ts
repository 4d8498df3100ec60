import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { lanePicture } from "./lane-picture.ts";
import { laneTable } from "./lane-rows.ts";

/** The lanes in at most `rows` lines: as pictures, as a table when those don't fit, and cut with a word when that doesn't. */
export function lanesView(lanes: readonly TelemetryLane[], rows: number): string {
  if (lanes.length === 0) return "This lot has no lanes.";
  const pictures = lanes.map(lanePicture).join("\n\n");
  if (linesOf(pictures).length <= rows) return pictures;
  const table = linesOf(laneTable(lanes));
  if (table.length <= rows) return table.join("\n");
  const shown = table.slice(0, Math.max(1, rows - 1));
  return [...shown, `${table.length - shown.length} more; see one with: gate watch LANE`].join("\n");
}

function linesOf(text: string): string[] {
  return text.split("\n");
}
