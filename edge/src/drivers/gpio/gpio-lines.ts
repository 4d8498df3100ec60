import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

/**
 * - `gpio_chip_missing`: no such chip now; - `gpio_line_unknown`: the chip has no such line;
 * - `gpio_line_busy`: another owner has the line; - `gpio_forbidden`: this user may not;
 * - `gpio_unsupported`: this kernel or this machine can't do what the site asks for;
 * - `gpio_failed`: the kernel refused for another reason, or the chip went away.
 */
export type GpioErrorCode =
  | "gpio_chip_missing"
  | "gpio_line_unknown"
  | "gpio_line_busy"
  | "gpio_forbidden"
  | "gpio_unsupported"
  | "gpio_failed";

/** What a GPIO backend rejects with; the message names the chip or line, and what to do. */
export class GpioError extends GatehouseError<GpioErrorCode> {}

export type Level = "high" | "low";

/** What is asked of a chip; all of it or nothing is granted. */
export interface LinesWish {
  /** Label of the chip or path of its device. */
  readonly chip: string;
  /** Shown to other programs as the lines' user. */
  readonly consumer: string;
  /** Lines to drive, each at first at the level that is not `onLevel`. */
  readonly outputs: readonly Channel[];
  readonly onLevel: Level;
  readonly inputs: readonly Channel[];
  /** Level of an input whose contact is closed. */
  readonly closedLevel: Level;
  readonly bias: "pull_up" | "pull_down" | "external";
  /** A level that lasts shorter doesn't count, ms; 0 for every one. */
  readonly debounceMs: number;
}

/** A change of one input; `atMs` is the kernel's monotonic time, null where it gives none. */
export interface Edge {
  readonly input: Channel;
  readonly closed: boolean;
  readonly atMs: number | null;
}

/** Lines of one chip that nobody else may use meanwhile. No call waits; each throws `GpioError` when the chip is gone. */
export interface GpioLines {
  /** Drives an output. */
  write(output: Channel, on: boolean): void;
  /** What happened at the inputs since the last call, oldest first; at most as many as the kernel keeps. */
  edges(): readonly Edge[];
  /** Whether the contact at each input is closed now, in the order of the wish. */
  read(): readonly boolean[];
  /** Lets go of the lines; what the outputs then do is the chip's business, so they are turned off before. */
  close(): void;
}

/** A way to the lines of a chip. */
export interface GpioBackend {
  /** Takes all outputs, at off, and then all inputs. Throws `GpioError`; nothing is held then. */
  open(wish: LinesWish): GpioLines;
}
