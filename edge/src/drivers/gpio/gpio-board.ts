import type { GpioBoard as GpioBoardConfig } from "@gatehouse/shared/contracts/config/site/boards.ts";
import type { Channel, ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import { type Clock, later, type MonoMs, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BoardError, BoardHealth, BoardPort, OnFor } from "../../ports/board/board-port.ts";
import type { SampleSink } from "../../ports/sample-sink.ts";
import { ConfirmedOutputs, type SwitchedListener } from "../confirmed-outputs.ts";
import type { GpioBackend, GpioLines, LinesWish } from "./gpio-lines.ts";

/** How often the inputs are read, ms: 20 ms of hazard are seen at least three times (SAFE-12). */
export const ROUND_MS = 5;
/** How long a chip that is not there, or whose lines another has, is left alone before the next try, ms. */
export const REOPEN_MS = 1_000;

export interface GpioBoardOptions {
  readonly config: GpioBoardConfig;
  readonly outputs: readonly Channel[];
  readonly inputs: readonly Channel[];
  readonly backend: GpioBackend;
  readonly clock: Clock;
}

type Sink = SampleSink<Channel, ContactState>;

/**
 * The lines of one GPIO chip as a board; the contract is in board-port.ts.
 *
 * The kernel keeps edges between two rounds, so that a change shorter than a round is told too. A GPIO line has no timed
 * pulse of its own: when this process is killed, the chip or a pull-down at the relay decides what the output does.
 */
export class GpioBoard implements BoardPort {
  readonly id: string;
  readonly #options: GpioBoardOptions;
  readonly #wish: LinesWish;
  readonly #sinks = new Set<Sink>();
  readonly #confirmed = new ConfirmedOutputs();
  readonly #offTimers = new Map<Channel, Timer>();
  readonly #round: Timer;
  #lines: GpioLines | null = null;
  #closed = new Map<Channel, boolean>();
  #why = "it was not opened yet";
  #openAt: MonoMs;
  #sampledAt: MonoMs;

  constructor(options: GpioBoardOptions) {
    const { config, outputs, inputs, clock } = options;
    this.id = config.id;
    this.#options = options;
    this.#wish = {
      chip: config.chip,
      consumer: `gatehouse ${config.id}`,
      outputs,
      onLevel: config.output_on,
      inputs,
      closedLevel: config.input_closed,
      bias: config.bias,
      debounceMs: config.debounce_ms,
    };
    this.#openAt = clock.mono();
    this.#sampledAt = clock.mono();
    this.#round = clock.every(ROUND_MS, () => this.#sample());
    this.#sample();
  }

  energise(output: Channel, onFor: OnFor): Result<void, BoardError> {
    if (!this.#wish.outputs.includes(output)) return err("unknown_channel");
    this.#offTimers.get(output)?.cancel();
    this.#offTimers.delete(output);
    const done = this.#write(output, true);
    if (done.ok && onFor !== "until_released") {
      this.#offTimers.set(
        output,
        this.#options.clock.after(onFor, () => this.release(output)),
      );
    }
    return done;
  }

  release(output: Channel): Result<void, BoardError> {
    if (!this.#wish.outputs.includes(output)) return err("unknown_channel");
    this.#offTimers.get(output)?.cancel();
    this.#offTimers.delete(output);
    // A chip that is away gets all outputs off when it is back.
    return this.#lines ? this.#write(output, false) : ok(undefined);
  }

  allOff(): void {
    for (const output of this.#wish.outputs) this.release(output);
  }

  watch(sink: Sink): () => void {
    if (this.#lines) for (const [input, closed] of this.#closed) sink.sample(input, stateOf(closed));
    this.#sinks.add(sink);
    return () => void this.#sinks.delete(sink);
  }

  onSwitched(listener: SwitchedListener): () => void {
    return this.#confirmed.listen(listener);
  }

  sampledAt(): MonoMs {
    return this.#sampledAt;
  }

  health(): BoardHealth {
    return this.#lines ? { ok: true } : { ok: false, why: this.#why };
  }

  async close(): Promise<void> {
    this.#round.cancel();
    this.allOff();
    this.#lose("it was closed");
  }

  #write(output: Channel, on: boolean): Result<void, BoardError> {
    if (!this.#lines) return err("not_connected");
    try {
      this.#lines.write(output, on);
      this.#confirmed.tell(output, on);
      return ok(undefined);
    } catch (error) {
      this.#lose(errorMessage(error));
      return err("io_failed");
    }
  }

  #sample(): void {
    const { clock } = this.#options;
    if (!this.#lines && clock.mono() >= this.#openAt) this.#open();
    if (this.#lines) this.#read(this.#lines);
    this.#sampledAt = clock.mono();
  }

  #open(): void {
    try {
      this.#lines = this.#options.backend.open(this.#wish);
      for (const output of this.#wish.outputs) this.#confirmed.tell(output, false);
    } catch (error) {
      this.#why = errorMessage(error);
      this.#openAt = later(this.#options.clock.mono(), REOPEN_MS);
    }
  }

  #read(lines: GpioLines): void {
    try {
      for (const { input, closed } of lines.edges()) this.#told(input, closed);
      const levels = lines.read();
      for (const [at, input] of this.#wish.inputs.entries()) this.#told(input, levels[at] === true);
    } catch (error) {
      this.#lose(errorMessage(error));
      return;
    }
    // A watcher that moved a relay may have found the chip gone.
    if (this.#lines !== lines) return;
    for (const sink of this.#sinks) sink.holds();
  }

  #told(input: Channel, closed: boolean): void {
    if (this.#closed.get(input) === closed) return;
    this.#closed.set(input, closed);
    for (const sink of this.#sinks) sink.sample(input, stateOf(closed));
  }

  #lose(why: string): void {
    this.#why = why;
    for (const timer of this.#offTimers.values()) timer.cancel();
    this.#offTimers.clear();
    this.#closed.clear();
    this.#confirmed.forget();
    this.#openAt = later(this.#options.clock.mono(), REOPEN_MS);
    const lines = this.#lines;
    this.#lines = null;
    if (!lines) return;
    lines.close();
    for (const sink of this.#sinks) sink.lost();
  }
}

function stateOf(closed: boolean): ContactState {
  return closed ? "closed" : "open";
}
