import type { WiredLane } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import { type Clock, sleep, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { BoardLane } from "../devices/board-lane.ts";
import { LANE_START_M, STOP_LINE_M, throughLane } from "../devices/lane-geometry.ts";
import type { SimulatedBoard } from "../devices/modbus-board.ts";
import { LaneHardware } from "../world/lane-hardware.ts";

const TICK_MS = 10;
const STEP_M = 0.25;
const LENGTH_M = 4;
const WAIT_MS = 15_000;

export interface WiredLaneStageOptions {
  readonly wiring: WiredLane;
  readonly boards: ReadonlyMap<string, SimulatedBoard>;
  readonly clock: Clock;
}

/** One lane with arm and loops behind relay boards, and at most one vehicle that is driven by hand. */
export class WiredLaneStage {
  readonly #clock: Clock;
  readonly #wires: BoardLane;
  readonly #hardware: LaneHardware;
  readonly #tick: Timer;
  #front: number | null = null;
  #was = { raise: false, lower: false, tested: false };
  raised = 0;
  /** How often the photo-eye was put into its test. */
  tested = 0;

  constructor({ wiring, boards, clock }: WiredLaneStageOptions) {
    this.#clock = clock;
    const wires = new BoardLane(wiring, boards);
    this.#wires = wires;
    const words: Parameters<BoardLane["tell"]>[0][] = [];
    this.#hardware = new LaneHardware({
      travel: { raiseMs: 300, lowerMs: 300 },
      now: clock.mono(),
      tell: (input) => words.push(input),
    });
    for (const input of this.#hardware.inputs()) wires.tell(input);
    this.#tick = clock.every(TICK_MS, () => {
      this.#feel();
      const bodies = this.#front === null ? [] : [{ frontM: this.#front, lengthM: LENGTH_M }];
      this.#hardware.sense(clock.mono(), bodies);
      for (const word of words.splice(0)) wires.tell(word);
    });
  }

  get armUp(): boolean {
    return this.#hardware.armUp;
  }

  stop(): void {
    this.#tick.cancel();
  }

  isOn(output: "raise" | "lower"): boolean {
    return this.#wires.isOn(output);
  }

  async arrive(): Promise<void> {
    this.#front = LANE_START_M;
    await this.#driveUntil((front) => front >= STOP_LINE_M);
  }

  /** Drives on and out when the arm is up and the light green; resolves when the lane is empty and the arm down. */
  async pass(): Promise<void> {
    await this.until(() => this.#hardware.armUp && this.#wires.isOn("light"), "open arm with a green light");
    await this.#driveUntil((front) => throughLane({ frontM: front, lengthM: LENGTH_M }));
    this.#front = null;
    await this.until(() => this.#hardware.height === 0, "arm down");
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    const startedAt = this.#clock.mono();
    while (!isSo()) {
      if (this.#clock.mono() - startedAt > WAIT_MS) throw new Error(`No ${what} within ${WAIT_MS} ms.`);
      await sleep(this.#clock, TICK_MS);
    }
  }

  /** What the relays of the board do to the lane. */
  #feel(): void {
    const now = { raise: this.#wires.isOn("raise"), lower: this.#wires.isOn("lower"), tested: this.#wires.isTested() };
    if (now.raise !== this.#was.raise) this.#hardware.switchRelay("up", now.raise);
    if (now.lower !== this.#was.lower) this.#hardware.switchRelay("down", now.lower);
    if (now.tested !== this.#was.tested) this.#hardware.test("photo_eye", now.tested);
    if (now.raise && !this.#was.raise) this.raised++;
    if (now.tested && !this.#was.tested) this.tested++;
    this.#was = now;
  }

  async #driveUntil(there: (front: number) => boolean): Promise<void> {
    while (this.#front !== null && !there(this.#front)) {
      this.#front += STEP_M;
      await sleep(this.#clock, TICK_MS * 2);
    }
  }
}
