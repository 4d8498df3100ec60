import type { LaneControl } from "@gatehouse/edge/lane/lane-control.ts";

/** The lanes of an edge that has none: only its sync is looked at. */
export const noLanes: LaneControl = {
  offer: () => "unknown_lane",
  command: async () => ({ ok: false, refusal: "unknown_lane", message: "This edge has no lanes." }),
  snapshot: () => [],
  onChange: () => () => undefined,
};
