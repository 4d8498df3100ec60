import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { LaneDevices } from "../ports/lane-devices.ts";
import { GuardedLane } from "./guard-lane.ts";
import type { DeviceCommand, DeviceReport, GuardLane } from "./messages.ts";

/** How often every rule of every lane is evaluated, ms. */
export const GUARD_TICK_MS = 10;

export interface GuardLoopOptions {
  readonly lanes: readonly { readonly lane: GuardLane; readonly devices: LaneDevices }[];
  readonly clock: Clock;
  readonly report: (laneId: Uuid, report: DeviceReport) => void;
}

/** All lanes of a lot under guard: evaluates on each sample, on each command and every 10 ms. */
export class GuardLoop {
  readonly #lanes: ReadonlyMap<Uuid, GuardedLane>;
  readonly #timer: Timer;

  constructor({ lanes, clock, report }: GuardLoopOptions) {
    const fireInLot = (): boolean => [...this.#lanes.values()].some((lane) => lane.fireInput);
    const guarded = lanes.map(({ lane, devices }) => {
      const tell = (one: DeviceReport): void => {
        report(lane.id, one);
        if (one.kind === "fire") this.#spreadFire(lane.id);
      };
      return [lane.id, new GuardedLane({ lane, devices, clock, fireInLot, report: tell })] as const;
    });
    this.#lanes = new Map(guarded);
    this.#timer = clock.every(GUARD_TICK_MS, () => this.#tick());
  }

  /** Hands a command to a lane; false when there is no such lane. */
  command(laneId: Uuid, command: DeviceCommand): boolean {
    const lane = this.#lanes.get(laneId);
    lane?.command(command);
    return lane !== undefined;
  }

  /** Every output off, for good. */
  shutDown(): void {
    this.#timer.cancel();
    for (const lane of this.#lanes.values()) lane.shutDown();
  }

  #tick(): void {
    for (const lane of this.#lanes.values()) lane.feed({ kind: "tick" });
  }

  #spreadFire(from: Uuid): void {
    for (const [id, lane] of this.#lanes) if (id !== from) lane.feed({ kind: "fire_in_lot" });
  }
}
