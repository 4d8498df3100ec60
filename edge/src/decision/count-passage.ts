import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import { type LaneAreas, laneAreas } from "@gatehouse/shared/domain/access/areas.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DeskWork } from "./session-writer.ts";

/** The areas that a lane connects, by the policy in force. */
export function areasAt({ records, lotId }: Pick<DeskWork, "records" | "lotId">, laneId: Uuid): LaneAreas {
  const policy = records.replica.policy(lotId);
  return policy === null ? { inner: null, outer: null } : laneAreas(policy, laneId);
}

/** Counts a vehicle that passed without a stay that tells of it. Within the lot it neither comes in nor leaves. */
export function countPassage(
  work: DeskWork,
  { laneId, direction }: { readonly laneId: Uuid; readonly direction: Direction },
): void {
  const { occupancy } = work.records;
  const { inner, outer } = areasAt(work, laneId);
  const isEntry = direction === "entry";
  if (outer === null) return occupancy.correct({ spotType: "standard", area: inner }, isEntry ? "came_in" : "went_out");
  if (inner !== null) occupancy.correctArea(inner, isEntry ? "came_in" : "went_out");
  occupancy.correctArea(outer, isEntry ? "went_out" : "came_in");
}
