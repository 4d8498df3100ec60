import type { LaneControl, LaneSnapshot } from "@gatehouse/edge/lane/lane-control.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";

/** Longest time until a lane says that it has opened. */
const OPENING_MAX_MS = 3_000;

export interface VirtualLanesOptions {
  readonly laneId: Uuid;
  readonly clock: Clock;
  readonly random: Random;
  /** The lane opens for a command; false when the agent died of it. */
  readonly onActing: (commandId: Uuid) => boolean;
}

/** A lane that does what it is told and says so some time later. */
export function virtualLanes({ laneId, clock, random, onActing }: VirtualLanesOptions): LaneControl {
  const lane: LaneSnapshot = {
    lane_id: laneId,
    code: "in",
    direction: "entry",
    mode: "automatic",
    state: "idle",
    barrier: "down",
    loops: { arming: "clear", safety: "clear", closing: "clear" },
    plate: null,
    display: "",
    alarms: [],
  };
  return {
    offer: () => "accepted",
    command: async ({ commandId }) => {
      if (commandId !== null && !onActing(commandId)) return new Promise(() => undefined);
      await sleep(clock, randomInt(random, 1, OPENING_MAX_MS));
      return { ok: true, message: "The lane has opened." };
    },
    snapshot: () => [lane],
    onChange: () => () => undefined,
  };
}
