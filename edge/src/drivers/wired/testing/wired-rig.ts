import { boardUse } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import { wiring as wiringSchema } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import type { LaneDevices } from "../../../ports/lane-devices.ts";
import { OPPOSITE_REST_MS } from "../relay-orders.ts";
import { wiredLane } from "../wired-lane.ts";
import { MemoryBoard } from "./memory-board.ts";

/** A point of a board. */
export const on = (channel: number, board = "a") => ({ board, channel });

/** Channels 1 to 5 are outputs; each input has a number of its own. */
export const WIRING = {
  driver: "wired",
  barrier: {
    raise: on(1),
    lower: on(2),
    hold: on(3),
    light: on(4),
    tests: { photo_eye: on(5) },
    limits: { up: on(10), down: on(11) },
  },
  loops: {
    arming: on(12),
    safety: on(13),
    closing: on(14),
    detectors: [{ loops: ["arming", "safety"], fault: on(15) }],
  },
  contacts: { photo_eye: on(20), fire: on(21), outputs_enabled: on(22) },
};

/** A wired lane on boards in memory. */
export interface Rig {
  readonly lane: LaneDevices;
  readonly boards: ReadonlyMap<string, MemoryBoard>;
  readonly clock: ManualClock;
  board(name?: string): MemoryBoard;
}

export function rig(given: unknown = WIRING): Rig {
  const wiring = wiringSchema.parse(given);
  if (wiring.driver !== "wired") throw new Error("not wired");
  const clock = new ManualClock();
  const boards = new Map(
    ["a", "b"].map((name) => [name, new MemoryBoard(name, boardUse(name, [{ wiring }]), clock)] as const),
  );
  const board = (name = "a"): MemoryBoard => {
    const found = boards.get(name);
    if (!found) throw new Error(`no board ${name}`);
    return found;
  };
  clock.advance(5);
  return { lane: wiredLane({ wiring, boards, clock }), boards, clock, board };
}

/** A lane whose outputs have been off for long. */
export function rested(given: unknown = WIRING): Rig {
  const made = rig(given);
  made.clock.advance(OPPOSITE_REST_MS);
  return made;
}

/** A sink that writes down what it is told, a word each. */
export function noteInto(seen: string[]) {
  return {
    sample: (name: string, signal: unknown) => void seen.push(`${name}=${signal}`),
    holds: () => void seen.push("holds"),
    lost: () => void seen.push("lost"),
  };
}
