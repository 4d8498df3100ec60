import { pointsOf } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import type { WiredLane } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { err, ok } from "@gatehouse/shared/kit/result.ts";
import type { BoardPort } from "../../ports/board/board-port.ts";
import type { LaneDevices } from "../../ports/lane-devices.ts";
import { barrierError, wiredBarrier } from "./wired-barrier.ts";
import { wiredContacts } from "./wired-contacts.ts";
import type { BoardOf } from "./wired-inputs.ts";
import { wiredLight } from "./wired-light.ts";
import { wiredLoops } from "./wired-loops.ts";

/** Longest time that a device is kept in its test by the board itself, ms; the guard ends a test long before. */
const TEST_MAX_MS = 5_000;

export interface WiredLaneOptions {
  readonly wiring: WiredLane;
  /** Boards of the site by their names. */
  readonly boards: ReadonlyMap<string, BoardPort>;
  readonly clock: Pick<Clock, "after" | "every" | "mono">;
}

/** The devices of a lane on the channels of real boards. Throws RangeError for a point on a board that isn't there. */
export function wiredLane({ wiring, boards, clock }: WiredLaneOptions): LaneDevices {
  const boardOf: BoardOf = (name) => {
    const board = boards.get(name);
    if (!board) throw new RangeError(`The site has no board ${name}.`);
    return board;
  };
  const { light, tests } = wiring.barrier;
  const inputBoards = [...new Set(pointsOf(wiring).filter(({ kind }) => kind === "input"))].map(({ point }) =>
    boardOf(point.board),
  );
  return {
    barrier: wiredBarrier({ wiring: wiring.barrier, boardOf, clock }),
    loops: wiredLoops(wiring, boardOf),
    contacts: wiredContacts(wiring, boardOf),
    light: wiredLight(light, { boardOf, clock }),
    sampledAt() {
      let slowest = null;
      for (const board of inputBoards) {
        const at = board.sampledAt();
        if (at === null) return null;
        if (slowest === null || at < slowest) slowest = at;
      }
      return slowest;
    },
    ...(Object.keys(tests).length > 0
      ? {
          test: (name, on) => {
            const point = tests[name];
            if (!point) return err("io_failed");
            const board = boardOf(point.board);
            const done = on ? board.energise(point.channel, TEST_MAX_MS) : board.release(point.channel);
            return done.ok ? ok(undefined) : err(barrierError(done.error));
          },
        }
      : {}),
  };
}
