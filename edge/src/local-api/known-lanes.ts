import type { Context } from "hono";
import type { AgentView } from "./agent-view.ts";
import { problem } from "./problem.ts";

/** The id of a lane given by code or id; null when the lot has no such lane. */
export function laneIdOf(view: AgentView, code: string): string | null {
  return view.site.lanes.find((lane) => lane.code === code || lane.id === code)?.id ?? null;
}

/** Problem 404 (RFC 9457) that names the lanes there are. */
export function unknownLane(context: Context, view: AgentView, code: string): Response {
  const known = view.site.lanes.map((lane) => lane.code).join(", ");
  return problem(context, 404, "unknown_lane", `There is no lane "${code}" here; the lanes are: ${known}.`);
}
