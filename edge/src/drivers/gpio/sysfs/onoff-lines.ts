import { accessSync, closeSync, constants, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Gpio } from "onoff";
import type { SystemCalls } from "../../kernel/system-calls.ts";
import { type Edge, type GpioBackend, GpioError, type GpioLines, type LinesWish } from "../gpio-lines.ts";
import { type Debounced, debounce } from "./debounce.ts";
import { findChip, GPIO_CLASS, globalNumber } from "./sysfs-chip.ts";

export interface OnoffOptions {
  /** The class of the package onoff. */
  readonly Gpio: typeof Gpio;
  /** Lets onoff call back those who watch a line; see epoll/epoll.ts. */
  readonly pump: () => void;
  readonly calls: SystemCalls;
  readonly clock: Clock;
  /** Who has a line now, as the character device tells it; null when nobody can say. */
  readonly ownerOf: (chip: string, line: Channel) => string | null;
}

/**
 * sysfs through the package onoff, for kernels that have nothing better. Lines have global numbers, so the chip's base is
 * added. sysfs knows no owner: a lock on the line's file keeps a second agent out, and any program that writes past it
 * can't be helped. A process that is killed leaves its lines as they are: the next start turns them off.
 */
export function onoffBackend(options: OnoffOptions): GpioBackend {
  return {
    open(wish) {
      const lines = new OnoffLines(options, wish);
      try {
        lines.take();
        return lines;
      } catch (error) {
        lines.close();
        throw error instanceof GpioError ? error : failure(error);
      }
    },
  };
}

interface Line {
  readonly gpio: Gpio;
  readonly lock: number;
}

interface Input extends Line {
  state: Debounced;
  hasMoved: boolean;
}

class OnoffLines implements GpioLines {
  readonly #options: OnoffOptions;
  readonly #wish: LinesWish;
  readonly #outputs = new Map<Channel, Line>();
  readonly #inputs = new Map<Channel, Input>();

  constructor(options: OnoffOptions, wish: LinesWish) {
    this.#options = options;
    this.#wish = wish;
  }

  /** Outputs at off first, then inputs. */
  take(): void {
    const { outputs, inputs, onLevel, bias } = this.#wish;
    if (inputs.length > 0 && bias !== "external")
      throw new GpioError("gpio_unsupported", "sysfs can't set a bias; wire resistors and write bias: external.");
    const off = onLevel === "high" ? "low" : "high";
    for (const output of outputs) this.#outputs.set(output, this.#open(output, off));
    for (const input of inputs) this.#takeInput(input);
  }

  write(output: Channel, on: boolean): void {
    const line = this.#outputs.get(output);
    if (!line) throw new GpioError("gpio_line_unknown", `Output ${output} was not asked for.`);
    attempt(() => line.gpio.writeSync(on === (this.#wish.onLevel === "high") ? 1 : 0));
  }

  edges(): readonly Edge[] {
    attempt(() => this.#options.pump());
    return [...this.#inputs].flatMap(([input, line]) => {
      const edges = attempt(() => this.#look(line));
      return edges.map((closed) => ({ input, closed, atMs: null }));
    });
  }

  read(): readonly boolean[] {
    return [...this.#inputs.values()].map(({ state }) => state.closed);
  }

  close(): void {
    for (const { gpio, lock } of [...this.#outputs.values(), ...this.#inputs.values()]) {
      gpio.unexport();
      closeSync(lock);
    }
    this.#outputs.clear();
    this.#inputs.clear();
  }

  /** Changes of one input since the last look. A blip shows as there and back, if nothing is to be debounced. */
  #look(line: Input): readonly boolean[] {
    const closed = this.#isClosed(line.gpio);
    const { debounceMs } = this.#wish;
    const { hasMoved, state: before } = line;
    line.hasMoved = false;
    line.state = debounce(before, { closed, hasMoved, at: this.#options.clock.mono() }, debounceMs);
    if (line.state.closed !== before.closed) return [line.state.closed];
    return hasMoved && debounceMs === 0 ? [!before.closed, before.closed] : [];
  }

  #isClosed(gpio: Gpio): boolean {
    return (gpio.readSync() === 1) === (this.#wish.closedLevel === "high");
  }

  #takeInput(input: Channel): void {
    const line = this.#open(input, "in");
    const closed = this.#isClosed(line.gpio);
    const taken: Input = { ...line, state: { closed, otherSince: null }, hasMoved: false };
    this.#inputs.set(input, taken);
    line.gpio.watch(() => {
      taken.hasMoved = true;
    });
  }

  #open(channel: Channel, direction: "in" | "high" | "low"): Line {
    const number = globalNumber(findChip(this.#wish.chip), channel);
    const folder = join(GPIO_CLASS, `gpio${number}`);
    if (!existsSync(folder)) this.#export(channel, number);
    const lock = lockOf(this.#options.calls, { folder, channel });
    try {
      const gpio = new this.#options.Gpio(number, direction, direction === "in" ? "both" : "none", {
        activeLow: false, // Another program may have left the line inverted: off would be on, and a vehicle none.
      });
      // onoff says nothing when a line that was there before refuses a direction.
      if ((gpio.direction() === "in") !== (direction === "in"))
        throw new Error(`line ${channel} refuses its direction`);
      if (gpio.activeLow()) throw new Error(`line ${channel} stays inverted (active_low)`);
      return { gpio, lock };
    } catch (error) {
      closeSync(lock);
      throw error;
    }
  }

  #export(channel: Channel, number: number): void {
    try {
      writeFileSync(join(GPIO_CLASS, "export"), String(number));
    } catch (cause) {
      if (errorCode(cause) !== "EBUSY") throw failure(cause);
      const owner = this.#options.ownerOf(this.#wish.chip, channel);
      const who = owner === null ? "another program" : `"${owner}"`;
      const message = `Line ${channel} of ${this.#wish.chip} is used by ${who}. Stop it, or take another line in the site file.`;
      throw new GpioError("gpio_line_busy", message, { cause });
    }
  }
}

/** Throws `gpio_forbidden` while the line's files are not ours to write: udev gives them to the group gpio in a moment. */
function lockOf(calls: SystemCalls, { folder, channel }: { folder: string; channel: Channel }): number {
  for (const name of ["value", "direction"]) {
    try {
      accessSync(join(folder, name), constants.R_OK | constants.W_OK);
    } catch (cause) {
      throw failure(cause);
    }
  }
  const lock = openSync(join(folder, "value"), constants.O_RDONLY);
  if (calls.lock(lock)) return lock;
  closeSync(lock);
  throw new GpioError("gpio_line_busy", `Line ${channel} is used by another agent on this machine. Stop it first.`);
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new GpioError("gpio_failed", `The GPIO chip no longer answers: ${errorMessage(cause)}`, { cause });
  }
}

function failure(cause: unknown): GpioError {
  const code = errorCode(cause);
  if (code === "EACCES" || code === "EPERM")
    return new GpioError("gpio_forbidden", "GPIO lines may not be used; put the agent's user into the group gpio.", {
      cause,
    });
  return new GpioError("gpio_failed", `GPIO lines can't be had by sysfs: ${errorMessage(cause)}`, { cause });
}
