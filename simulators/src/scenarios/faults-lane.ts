import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { type Clock, sleep, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { LANE_START_M, STOP_LINE_M, throughLane } from "../devices/lane-geometry.ts";
import { AgentLine } from "../world/agent-line.ts";
import { LaneHardware } from "../world/lane-hardware.ts";

const TICK_MS = 10;
/** Faster than people drive, so that a scenario is short. */
const STEP_M = 0.25;
const LENGTH_M = 4;
const WAIT_MS = 12_000;

/** What the driver does at a lane's devices, and what those say of it. */
export type LaneInput =
  | { readonly kind: "press"; readonly name: "ticket" | "help" }
  | { readonly kind: "scan"; readonly medium: "qr" | "ticket"; readonly code: string }
  | { readonly kind: "ticket"; readonly job_id: string; readonly result: "presented" | "taken" | "failed" };

export interface LaneStageOptions {
  readonly lane: string;
  readonly ioSocket: string;
  readonly clock: Clock;
}

/** One lane with arm and loops, and at most one vehicle that is driven by hand. */
export class LaneStage {
  readonly #options: LaneStageOptions;
  readonly #hardware: LaneHardware;
  readonly #line: AgentLine;
  #front: number | null = null;
  #tick: Timer | null = null;
  /** Every text that the display has shown, the latest last. */
  readonly shown: string[] = [];
  /** All that the agent has said to this lane's devices. */
  readonly heard: IoOutput[] = [];
  /** How often the relay that raises the arm went on. */
  raised = 0;

  constructor(options: LaneStageOptions) {
    this.#options = options;
    const { clock, lane, ioSocket } = options;
    this.#hardware = new LaneHardware({
      travel: { raiseMs: 150, lowerMs: 150 },
      now: clock.mono(),
      tell: (input) => this.#line.tell({ ...input, lane }),
    });
    this.#line = new AgentLine({
      path: ioSocket,
      clock,
      random: systemRandom,
      log: { warn: () => {} },
      onOutput: (output) => this.#hear(output),
      onDown: () => this.#hardware.loseAgent(),
    });
  }

  async run(): Promise<void> {
    if (this.#tick) return;
    await this.#line.run();
    this.#tick = this.#options.clock.every(TICK_MS, () => {
      const bodies = this.#front === null ? [] : [{ frontM: this.#front, lengthM: LENGTH_M }];
      this.#hardware.sense(this.#options.clock.mono(), bodies);
    });
  }

  async stop(): Promise<void> {
    this.#tick?.cancel();
    await this.#line.stop();
  }

  get armUp(): boolean {
    return this.#hardware.armUp;
  }

  /** A device of the lane says something: a button, a scanner, the printer. */
  tell(input: LaneInput): void {
    this.#line.tell({ ...input, lane: this.#options.lane });
  }

  /** Drives up to the stop line, over the arming loop. */
  async arrive(): Promise<void> {
    this.#front = LANE_START_M;
    await this.#driveUntil((front) => front >= STOP_LINE_M);
  }

  /** Drives on and out when the light is green; resolves when the lane is empty and its arm down. Rejects after 12 s. */
  async pass(): Promise<void> {
    await this.driveOut();
    await this.until(() => this.#hardware.height === 0, "arm down");
  }

  /** The same, whatever the arm does behind the vehicle. */
  async driveOut(): Promise<void> {
    await this.until(() => this.#hardware.green, "green light");
    await this.#driveUntil((front) => throughLane({ frontM: front, lengthM: LENGTH_M }));
    this.#front = null;
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    const { clock, lane } = this.#options;
    const startedAt = clock.mono();
    while (!isSo()) {
      if (clock.mono() - startedAt > WAIT_MS)
        throw new Error(`No ${what} at ${lane} within ${WAIT_MS} ms; it showed: ${this.shown.slice(-5).join(" | ")}`);
      await sleep(clock, TICK_MS);
    }
  }

  async #driveUntil(there: (front: number) => boolean): Promise<void> {
    while (this.#front !== null && !there(this.#front)) {
      this.#front += STEP_M;
      await sleep(this.#options.clock, TICK_MS * 2);
    }
  }

  #hear(output: IoOutput): void {
    const { lane } = this.#options;
    if (output.kind === "welcome") for (const input of this.#hardware.inputs()) this.#line.tell({ ...input, lane });
    if (!("lane" in output) || output.lane !== lane) return;
    this.heard.push(output);
    if (output.kind === "display") this.shown.push(output.text);
    if (output.kind === "light") this.#hardware.setLight(output.green);
    if (output.kind !== "relay") return;
    if (output.name === "up" && output.on) this.raised++;
    this.#hardware.switchRelay(output.name, output.on);
  }
}
