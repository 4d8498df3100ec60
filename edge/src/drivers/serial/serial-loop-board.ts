import type { Channel, ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { SerialLoopBoard as SerialLoopConfig } from "@gatehouse/shared/contracts/config/site/serial-loop.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { err, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BoardError, BoardHealth, BoardPort } from "../../ports/board/board-port.ts";
import type { SampleSink } from "../../ports/sample-sink.ts";
import { type FrameCutter, frameCutter, type Told } from "./detector-frames.ts";
import { SerialConnection } from "./serial-connection.ts";

export interface SerialLoopOptions {
  readonly config: SerialLoopConfig;
  /** Channels that the site uses. */
  readonly inputs: readonly Channel[];
  readonly clock: Clock;
  readonly random: Random;
}

/** A loop detector that tells its loops over a serial line. It has no outputs. */
export class SerialLoopBoard implements BoardPort {
  readonly id: string;
  readonly isDetector = true;
  readonly #options: SerialLoopOptions;
  readonly #connection: SerialConnection;
  readonly #cutter: FrameCutter;
  readonly #timer: Timer;
  readonly #sinks = new Set<SampleSink<Channel, ContactState>>();
  /** Each used input as it was last told; empty while the detector is gone. */
  readonly #known = new Map<Channel, ContactState>();
  /** Inputs that were told since the last round that was whole. */
  readonly #fresh = new Set<Channel>();
  /** When all used inputs were told; null before that since it came. */
  #heardAt: MonoMs | null = null;
  /** When any of them was. */
  #toldAt: MonoMs | null = null;
  #round: MonoMs | null = null;

  constructor(options: SerialLoopOptions) {
    this.#options = options;
    const { config, clock, random } = options;
    this.id = config.id;
    this.#cutter = frameCutter(config.frame, clock, {
      told: (states) => this.#told(states),
      garbled: () =>
        this.#connection.note("garbled", "The detector sends what is no message of the frame in the site file."),
    });
    this.#connection = new SerialConnection({
      settings: config,
      clock,
      random,
      onBytes: (bytes) => this.#cutter.take(bytes),
      onDown: () => this.#lost(),
    });
    this.#timer = clock.every(config.every_ms, () => this.#tick());
  }

  energise(): Result<void, BoardError> {
    return err("unknown_channel");
  }

  release(): Result<void, BoardError> {
    return err("unknown_channel");
  }

  onSwitched(): () => void {
    return () => {};
  }

  allOff(): void {}

  watch(sink: SampleSink<Channel, ContactState>): () => void {
    this.#sinks.add(sink);
    for (const [channel, state] of this.#known) sink.sample(channel, state);
    return () => this.#sinks.delete(sink);
  }

  sampledAt(): MonoMs | null {
    return this.#round;
  }

  health(): BoardHealth {
    if (this.#known.size > 0) return { ok: true };
    const why = this.#connection.lastFault?.message;
    return { ok: false, why: why ?? `The detector ${this.id} tells nothing; look at its cable, speed and frame.` };
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    await this.#connection.close();
  }

  #tick(): void {
    const { config, clock } = this.#options;
    const now = clock.mono();
    this.#round = now;
    if (config.ask !== undefined) this.#connection.write(Buffer.from(config.ask, "hex"));
    const heardAt = this.#heardAt ?? this.#toldAt;
    if (heardAt === null || now - heardAt <= config.silent_ms) return;
    this.#connection.note("silent", `The detector ${this.id} tells nothing any more; look at its power and cable.`);
    this.#lost();
  }

  /** All inputs told since the last confirmation is a round; a detector that tells one channel a line takes several lines. */
  #told(states: Told): void {
    const { inputs, clock } = this.#options;
    for (const channel of inputs) {
      const state = states.get(Number(channel));
      if (state === undefined) continue;
      this.#fresh.add(channel);
      this.#toldAt = clock.mono();
      if (this.#known.get(channel) === state) continue;
      this.#known.set(channel, state);
      for (const sink of this.#sinks) sink.sample(channel, state);
    }
    if (this.#fresh.size < inputs.length) return;
    this.#fresh.clear();
    this.#heardAt = clock.mono();
    for (const sink of this.#sinks) sink.holds();
  }

  #lost(): void {
    this.#cutter.reset();
    this.#fresh.clear();
    this.#heardAt = null;
    this.#toldAt = null;
    if (this.#known.size === 0) return;
    this.#known.clear();
    for (const sink of this.#sinks) sink.lost();
  }
}
