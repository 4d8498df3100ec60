import { type Clock, later, type MonoMs, sleep, type Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { LaneDevices } from "../ports/lane-devices.ts";
import type { WatchdogPort } from "../ports/watchdog/watchdog-port.ts";
import { GuardedLane } from "./guard-lane.ts";
import type { LaneSignals } from "./lane-signals.ts";
import type { DeviceCommand, DeviceReport, GuardLane } from "./messages.ts";

/** How often every rule of every lane is evaluated, ms. */
export const GUARD_TICK_MS = 10;
/** Signals for people are looked at this many ticks apart. */
const TICKS_A_TELLING = 5;
/** Shortest time between two feeds of the watchdog, ms; far below its `WATCHDOG_MAX_MS`. */
export const WATCHDOG_FEED_MS = 250;

/** What a stop may take beyond a travel, ms: a lower limit that holds, or the pulse of a reversal. */
export const REST_SLACK_MS = 1_000;

export interface GuardLoopOptions {
  readonly lanes: readonly { readonly lane: GuardLane; readonly devices: LaneDevices }[];
  readonly clock: Clock;
  /** Null where the site has none. */
  readonly watchdog: WatchdogPort | null;
  readonly report: (laneId: Uuid, report: DeviceReport) => void;
  /** Told of inputs and relays one by one when they have changed. */
  readonly signals?: (laneId: Uuid, signals: LaneSignals) => void;
}

/** All lanes of a lot under guard: evaluates on each sample, on each command and every 10 ms. */
export class GuardLoop {
  readonly #lanes: ReadonlyMap<Uuid, GuardedLane>;
  readonly #timer: Timer;
  #isOver = false;
  #isResting = false;
  readonly #travelMaxMs: number;
  readonly #tell: GuardLoopOptions["signals"];
  readonly #told = new Map<Uuid, string>();
  #ticks = 0;
  #spreads = false;
  readonly #clock: Clock;
  readonly #watchdog: WatchdogPort | null;
  #fedAt: MonoMs;

  constructor({ lanes, clock, watchdog, report, signals }: GuardLoopOptions) {
    this.#tell = signals;
    this.#clock = clock;
    this.#watchdog = watchdog;
    this.#fedAt = clock.mono();
    const fireInLot = (): boolean => [...this.#lanes.values()].some((lane) => lane.mayBurn);
    const guarded = lanes.map(({ lane, devices }) => {
      const tell = (one: DeviceReport): void => {
        report(lane.id, one);
        if (one.kind === "fire" && this.#spreads) this.#spreadFire(lane.id);
      };
      return [lane.id, new GuardedLane({ lane, devices, clock, fireInLot, report: tell })] as const;
    });
    this.#lanes = new Map(guarded);
    this.#travelMaxMs = Math.max(0, ...lanes.map(({ lane }) => lane.timings.travel_max_ms));
    // Latched when the last run ended (SAFE-07): each lane for itself, because each is reset for itself.
    for (const { lane } of lanes) if (lane.fire) this.#lanes.get(lane.id)?.feed({ kind: "fire_in_lot" });
    this.#spreads = true;
    this.#timer = clock.every(GUARD_TICK_MS, () => this.#tick());
  }

  /** Hands a command to a lane; false when there is no such lane. */
  command(laneId: Uuid, command: DeviceCommand): boolean {
    const lane = this.#isOver ? undefined : this.#lanes.get(laneId);
    if (!(this.#isResting && command.kind === "close")) lane?.command(command);
    return lane !== undefined;
  }

  /**
   * Resolves when every arm may be left alone: an arm that comes down does so by a pulse that is over, and nobody else would
   * send it up from over a vehicle (SAFE-04). Begins no close any more. Waits for the longest travel of a lane and
   * `REST_SLACK_MS` at most, so that a board that is away keeps nobody from stopping.
   */
  async rest(): Promise<void> {
    this.#isResting = true;
    const until = later(this.#clock.mono(), this.#travelMaxMs + REST_SLACK_MS);
    while (!this.#isOver && this.#clock.mono() < until && [...this.#lanes.values()].some((lane) => lane.isNeeded))
      await sleep(this.#clock, GUARD_TICK_MS);
  }

  /** Every output off, for good. The watchdog is left to who opened it. */
  shutDown(): void {
    this.#isOver = true;
    this.#timer.cancel();
    for (const lane of this.#lanes.values()) lane.shutDown();
  }

  #tick(): void {
    for (const lane of this.#lanes.values()) lane.feed({ kind: "tick" });
    for (const lane of this.#lanes.values()) lane.watchSampling();
    this.#feedWatchdog();
    if (++this.#ticks % TICKS_A_TELLING === 0) this.#tellSignals();
  }

  /** SAFE-10: since the last feed every input of every lane was sampled, and just now every rule was evaluated. */
  #feedWatchdog(): void {
    const now = this.#clock.mono();
    if (now - this.#fedAt < WATCHDOG_FEED_MS) return;
    for (const lane of this.#lanes.values()) if (!lane.sampledSince(this.#fedAt)) return;
    this.#fedAt = now;
    this.#watchdog?.feed();
  }

  #tellSignals(): void {
    if (this.#tell === undefined) return;
    for (const [id, lane] of this.#lanes) {
      const signals = lane.signals();
      const text = JSON.stringify(signals);
      if (text === this.#told.get(id)) continue;
      this.#told.set(id, text);
      this.#tell(id, signals);
    }
  }

  #spreadFire(from: Uuid): void {
    for (const [id, lane] of this.#lanes) if (id !== from) lane.feed({ kind: "fire_in_lot" });
  }
}
