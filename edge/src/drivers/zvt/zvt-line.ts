import { connect, type Socket } from "node:net";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import {
  ABORT_BY_TERMINAL,
  ACKNOWLEDGE,
  type Apdu,
  ApduCutter,
  COMPLETION,
  encodeApdu,
  REFUSED_CLASS,
  readStatus,
  STATUS_INFORMATION,
  type StatusInformation,
} from "./zvt-codec.ts";

const BACKOFF = { firstMs: 500, maxMs: 10_000, jitter: 0.2 };
/** Longest wait for a connection, ms. */
const CONNECT_MAX_MS = 5_000;
/** T3 of ZVT: longest wait for the answer to a command, ms. */
const ANSWER_MAX_MS = 5_000;
const NOTHING = new Uint8Array(0);

/** How a command ended. `status` is the last status information before it, null where none came. */
export interface CommandEnd {
  readonly result: "completed" | "aborted" | "refused" | "lost";
  /** The terminal's result code with `aborted` and `refused`, else null. */
  readonly code: number | null;
  readonly status: StatusInformation | null;
}

export interface ZvtLineOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly onUp: () => void;
  /** `why` is null when the caller wanted it. */
  readonly onDown: (why: string | null) => void;
}

interface Command {
  /** The terminal's last word, or the command itself before the first. */
  readonly heardAt: MonoMs;
  /** Longest time between two words of the terminal after its answer, ms. */
  readonly maxMs: number;
  readonly acknowledged: boolean;
  readonly status: StatusInformation | null;
  readonly done: (end: CommandEnd) => void;
}

/**
 * The connection to a terminal: one command at a time, each answered, each message of the terminal acknowledged. A terminal
 * that goes silent in the middle is cut off, because only a new connection has a known beginning.
 */
export class ZvtLine {
  readonly #options: ZvtLineOptions;
  readonly #watch: Timer;
  #socket: Socket | null = null;
  #cutter = new ApduCutter();
  #command: Command | null = null;
  #retry: Timer | null = null;
  #openedAt: MonoMs;
  #isUp = false;
  #closed = false;
  #attempt = 0;

  constructor(options: ZvtLineOptions) {
    this.#options = options;
    this.#openedAt = options.clock.mono();
    this.#watch = options.clock.every(250, () => this.#look());
    this.#connect();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Sends a command and calls `done` once when it has ended; a command in hand is an error of the caller's. */
  send(apdu: Apdu, maxMs: number, done: (end: CommandEnd) => void): void {
    if (!this.#socket || !this.#isUp || this.#command) return done({ result: "lost", code: null, status: null });
    this.#command = { heardAt: this.#options.clock.mono(), maxMs, acknowledged: false, status: null, done };
    this.#socket.write(encodeApdu(apdu));
  }

  /** Sends what needs no end of its own: the request to give up the command in hand. */
  interrupt(command: number): void {
    this.#socket?.write(encodeApdu({ command, data: NOTHING }));
  }

  /** Begins anew with another connection, after a wait. */
  restart(): void {
    if (this.#socket) this.#drop(null);
  }

  close(): void {
    this.#closed = true;
    this.#watch.cancel();
    this.#retry?.cancel();
    this.#drop(null);
  }

  #connect(): void {
    const { host, port, clock } = this.#options;
    const socket = connect({ host, port });
    this.#socket = socket;
    this.#cutter = new ApduCutter();
    this.#openedAt = clock.mono();
    socket.setNoDelay(true);
    socket.on("connect", () => {
      this.#isUp = true;
      this.#options.onUp();
    });
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", (error: Error) => socket === this.#socket && this.#drop(error.message));
    socket.on("close", () => socket === this.#socket && this.#drop("the terminal closed the connection"));
  }

  #drop(why: string | null): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.destroy();
    this.#isUp = false;
    const command = this.#command;
    this.#command = null;
    if (!this.#closed) {
      const { clock, random } = this.#options;
      this.#retry = clock.after(backoffMs(BACKOFF, this.#attempt++, random), () => this.#connect());
    }
    command?.done({ result: "lost", code: null, status: command.status });
    this.#options.onDown(why);
  }

  #look(): void {
    const now = this.#options.clock.mono();
    if (this.#socket && !this.#isUp && now - this.#openedAt > CONNECT_MAX_MS) return this.#drop("it does not answer");
    const command = this.#command;
    if (!command) return;
    const limitMs = command.acknowledged && !this.#cutter.isInside ? command.maxMs : ANSWER_MAX_MS;
    if (now - command.heardAt > limitMs) this.#drop("it went silent in the middle of a command");
  }

  #read(bytes: Buffer): void {
    const socket = this.#socket;
    if (this.#command) this.#command = { ...this.#command, heardAt: this.#options.clock.mono() };
    for (const apdu of this.#cutter.take(bytes)) {
      if (apdu === null) return this.#drop("it sends what is no ZVT");
      this.#take(apdu);
      if (socket !== this.#socket) return;
    }
  }

  #take({ command, data }: Apdu): void {
    if (command === ACKNOWLEDGE || command >> 8 === REFUSED_CLASS) return this.#answered(command);
    this.#socket?.write(encodeApdu({ command: ACKNOWLEDGE, data: NOTHING }));
    if (command === STATUS_INFORMATION && this.#command)
      this.#command = { ...this.#command, status: readStatus(data) ?? this.#command.status };
    if (command === COMPLETION) this.#end("completed", null);
    if (command === ABORT_BY_TERMINAL) this.#end("aborted", data[0] ?? null);
  }

  #answered(answer: number): void {
    if (!this.#command || this.#command.acknowledged) return;
    // 84 00 is an old form of yes.
    if (answer === ACKNOWLEDGE || answer === 0x8400) this.#command = { ...this.#command, acknowledged: true };
    else this.#end("refused", answer & 0xff);
  }

  #end(result: CommandEnd["result"], code: number | null): void {
    if (result === "completed") this.#attempt = 0;
    const command = this.#command;
    this.#command = null;
    command?.done({ result, code, status: command.status });
  }
}
