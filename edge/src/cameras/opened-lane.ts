import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { LaneControl } from "../lane/lane-control.ts";

/** A camera waits ten seconds for its answer; a driver doesn't. */
const OPENS_WITHIN_MS = 2_500;
/** States of a lane whose barrier has been told to open, the decision being on disk. */
const OPENED = new Set(["opening", "open", "passing"]);

/**
 * Resolves with true as soon as the lane's barrier has been told to open, and with false when it was not in time. It only
 * looks: what it is asked for never makes a lane open.
 */
export function laneOpens(
  laneId: Uuid,
  { lanes, clock }: { readonly lanes: Pick<LaneControl, "snapshot" | "onChange">; readonly clock: Clock },
): Promise<boolean> {
  const isOpen = (): boolean => lanes.snapshot().some((lane) => lane.lane_id === laneId && OPENED.has(lane.state));
  return new Promise((resolve) => {
    if (isOpen()) return resolve(true);
    const timer = clock.after(OPENS_WITHIN_MS, () => end(false));
    const forget = lanes.onChange(() => {
      if (isOpen()) end(true);
    });
    function end(opened: boolean): void {
      timer.cancel();
      forget();
      resolve(opened);
    }
  });
}
