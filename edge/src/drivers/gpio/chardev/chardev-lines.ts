import { closeSync, readSync } from "node:fs";
import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { POLL_ERROR, POLL_HANGUP, POLL_IN, type SystemCalls } from "../../kernel/system-calls.ts";
import { type Edge, type GpioBackend, GpioError, type GpioLines, type LinesWish } from "../gpio-lines.ts";
import { type ChipPlace, lineInfo, type OpenChip, offsetOf, openChip } from "./chips.ts";
import {
  FLAG,
  GET_LINE,
  GET_VALUES,
  LINE_EVENT_BYTES,
  LINES_MAX,
  type LineRequest,
  lineRequestOf,
  lineValuesOf,
  readLineBits,
  readLineEvents,
  readRequestFd,
  SET_VALUES,
} from "./uapi.ts";

/** Edges that the kernel keeps for us between two rounds; the levels read after them are right even if some were lost. */
const EVENTS_KEPT = 512;
/** Most edges taken in one round, so that a fluttering contact can't hold up the guard. */
const EVENTS_A_ROUND = 256;
const BIAS_FLAG = { pull_up: FLAG.pullUp, pull_down: FLAG.pullDown, external: FLAG.biasDisabled } as const;

/** The character device of the kernel's GPIO chips (uAPI v2): lines are owned by the descriptor and free when it is closed. */
export function chardevBackend(place: ChipPlace): GpioBackend {
  return {
    open(wish) {
      const chip = openChip(place, wish.chip);
      try {
        return take(place.calls, chip, wish);
      } finally {
        closeSync(chip.fd);
      }
    },
  };
}

function take(calls: SystemCalls, chip: OpenChip, wish: LinesWish): GpioLines {
  const outputs = wish.outputs.map((line) => offsetOf(calls, chip, line));
  const inputs = wish.inputs.map((line) => offsetOf(calls, chip, line));
  const common = { consumer: wish.consumer, debounceUs: 0, eventBuffer: 0 };
  const outputFd = request(calls, chip, {
    ...common,
    offsets: outputs,
    flags: FLAG.output | (wish.onLevel === "low" ? FLAG.activeLow : 0),
  });
  try {
    const inputFd = request(calls, chip, {
      ...common,
      offsets: inputs,
      flags:
        FLAG.input |
        FLAG.edgeRising |
        FLAG.edgeFalling |
        BIAS_FLAG[wish.bias] |
        (wish.closedLevel === "low" ? FLAG.activeLow : 0),
      debounceUs: wish.debounceMs * 1_000,
      eventBuffer: EVENTS_KEPT,
    });
    return new ChardevLines({ calls, wish, chip, inputs, outputFd, inputFd });
  } catch (error) {
    if (outputFd !== null) closeSync(outputFd);
    throw error;
  }
}

/** Asks for lines. Null when none are wanted. */
function request(calls: SystemCalls, chip: OpenChip, wanted: LineRequest): number | null {
  if (wanted.offsets.length === 0) return null;
  if (wanted.offsets.length > LINES_MAX)
    throw new GpioError(
      "gpio_unsupported",
      `${chip.path}: more than ${LINES_MAX} lines of one kind can't be had at once.`,
    );
  const bytes = lineRequestOf(wanted);
  try {
    calls.ioctl(chip.fd, GET_LINE, bytes);
    return readRequestFd(bytes);
  } catch (cause) {
    throw refusal(calls, chip, { wanted, cause });
  }
}

function refusal(
  calls: SystemCalls,
  chip: OpenChip,
  { wanted, cause }: { wanted: LineRequest; cause: unknown },
): GpioError {
  const code = errorCode(cause);
  if (code === "EBUSY") {
    const owned = wanted.offsets.flatMap((offset) => {
      const { isUsed, consumer, name } = lineInfo(calls, chip, offset);
      return isUsed ? [`line ${offset}${name && ` (${name})`} is used by "${consumer}"`] : [];
    });
    const who = owned.join(", ") || "a line is used by another program";
    return new GpioError("gpio_line_busy", `${chip.path}: ${who}. Stop it, or take another line in the site file.`, {
      cause,
    });
  }
  if (code === "EINVAL" || code === "ENOTTY" || code === "ENOTSUPP" || code === "EOPNOTSUPP")
    return new GpioError(
      "gpio_unsupported",
      `${chip.path} refuses these lines (${code}): its kernel is older than 5.10, or the chip lacks the bias or the edges that are asked for; try bias: external.`,
      { cause },
    );
  return new GpioError("gpio_failed", `${chip.path} refuses its lines: ${errorMessage(cause)}`, { cause });
}

interface Taken {
  readonly calls: SystemCalls;
  readonly wish: LinesWish;
  readonly chip: OpenChip;
  readonly inputs: readonly number[];
  readonly outputFd: number | null;
  readonly inputFd: number | null;
}

class ChardevLines implements GpioLines {
  readonly #taken: Taken;
  readonly #channelOf: ReadonlyMap<number, Channel>;
  readonly #events = Buffer.alloc(EVENTS_A_ROUND * LINE_EVENT_BYTES);

  constructor(taken: Taken) {
    this.#taken = taken;
    this.#channelOf = new Map(
      taken.inputs.flatMap((offset, at) => {
        const channel = taken.wish.inputs[at];
        return channel === undefined ? [] : [[offset, channel]];
      }),
    );
  }

  write(output: Channel, on: boolean): void {
    const { calls, wish, outputFd } = this.#taken;
    const at = wish.outputs.indexOf(output);
    if (outputFd === null || at === -1) throw new GpioError("gpio_line_unknown", `Output ${output} was not asked for.`);
    const mask = 1n << BigInt(at);
    this.#attempt(() => calls.ioctl(outputFd, SET_VALUES, lineValuesOf(mask, on ? mask : 0n)));
  }

  edges(): readonly Edge[] {
    const { calls, inputFd } = this.#taken;
    if (inputFd === null) return [];
    const [now = 0] = this.#attempt(() => calls.poll([{ fd: inputFd, events: POLL_IN }]));
    if ((now & (POLL_ERROR | POLL_HANGUP)) !== 0) throw this.#gone();
    // A read without anything to read would wait, and a waiting read keeps the process from ending.
    if ((now & POLL_IN) === 0) return [];
    const bytes = this.#attempt(() => readSync(inputFd, this.#events));
    return readLineEvents(this.#events.subarray(0, bytes)).flatMap(({ offset, isRising, atNs }) => {
      const input = this.#channelOf.get(offset);
      return input === undefined ? [] : [{ input, closed: isRising, atMs: Number(atNs) / 1e6 }];
    });
  }

  read(): readonly boolean[] {
    const { calls, inputs, inputFd, outputFd } = this.#taken;
    if (inputFd === null) {
      // Outputs alone: reading them back tells whether the chip is still there.
      if (outputFd !== null) this.#attempt(() => calls.ioctl(outputFd, GET_VALUES, lineValuesOf(1n, 0n)));
      return [];
    }
    const bytes = lineValuesOf((1n << BigInt(inputs.length)) - 1n, 0n);
    this.#attempt(() => calls.ioctl(inputFd, GET_VALUES, bytes));
    const bits = readLineBits(bytes);
    return inputs.map((_, at) => ((bits >> BigInt(at)) & 1n) === 1n);
  }

  close(): void {
    const { inputFd, outputFd } = this.#taken;
    if (inputFd !== null) closeSync(inputFd);
    if (outputFd !== null) closeSync(outputFd);
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw this.#gone(cause);
    }
  }

  #gone(cause?: unknown): GpioError {
    const why = cause === undefined ? "the kernel took it away" : errorMessage(cause);
    return new GpioError("gpio_failed", `The GPIO chip ${this.#taken.chip.path} no longer answers: ${why}`, { cause });
  }
}
