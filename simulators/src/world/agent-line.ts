import { connect, type Socket } from "node:net";
import { type IoInput, type IoOutput, ioOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { type Backoff, backoffMs, type Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";

type WithoutStamp<T> = T extends unknown ? Omit<T, "t"> : never;
export type UnstampedInput = WithoutStamp<IoInput>;

export interface AgentLineOptions {
  /** Path of the agent's input/output socket. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: { warn(fields: object, message: string): void };
  /** The first message of each connection is `welcome`. */
  readonly onOutput: (output: IoOutput) => void;
  readonly onDown: () => void;
  /** Asked before each confirmation of the inputs; false keeps silent. Without it they are always confirmed. */
  readonly mayConfirm?: () => boolean;
}

/** The agent takes inputs for stale after 100 ms; a quarter of it leaves room for a late timer. */
export const ALIVE_PERIOD_MS = 25;
const RECONNECT: Backoff = { firstMs: 50, maxMs: 500, jitter: 0.3 };
const MAX_LINE_BYTES = 65_536;
const MAX_UNSENT_BYTES = 1_048_576;

/** The wire from a simulated lot to its agent. It comes back by itself; what is told while it is down is not kept. */
export class AgentLine implements Service {
  readonly name = "agent-line";
  readonly #options: AgentLineOptions;
  #socket: Socket | null = null;
  #alive: Timer | null = null;
  #retry: Timer | null = null;
  #attempt = 0;
  #stopped = false;
  #up = false;

  constructor(options: AgentLineOptions) {
    this.#options = options;
  }

  /** Starts connecting; resolves at once, because the world goes on without its agent. */
  run(): Promise<void> {
    this.#connect();
    const { clock, mayConfirm = () => true } = this.#options;
    this.#alive = clock.every(ALIVE_PERIOD_MS, () => {
      if (this.#up && mayConfirm()) this.tell({ kind: "alive" });
    });
    return Promise.resolve();
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#alive?.cancel();
    this.#retry?.cancel();
    this.#socket?.destroy();
    return Promise.resolve();
  }

  /** Sends an input, if the agent is there. An agent that doesn't read any more is cut off. */
  tell(input: UnstampedInput): void {
    if (!this.#up || !this.#socket) return;
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) return void this.#socket.destroy();
    const t = BigInt(Math.round(this.#options.clock.mono() * 1_000_000)).toString();
    this.#socket.write(`${JSON.stringify({ ...input, t })}\n`);
  }

  #connect(): void {
    const socket = connect(this.#options.path);
    this.#socket = socket;
    let pending = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      const lines = (pending + text).split("\n");
      pending = lines.pop() ?? "";
      if (pending.length > MAX_LINE_BYTES) socket.destroy();
      for (const line of lines) this.#receive(line);
    });
    // Its `close` follows and tries again; a missing agent is normal here.
    socket.on("error", () => {});
    socket.on("close", () => this.#lost());
  }

  #receive(line: string): void {
    try {
      const output = ioOutput.parse(JSON.parse(line));
      if (output.kind === "rejected")
        this.#options.log.warn({ message: output.message }, "The agent did not understand an input");
      if (output.kind === "welcome") {
        this.#up = true;
        this.#attempt = 0;
      }
      this.#options.onOutput(output);
    } catch (error) {
      this.#options.log.warn(
        { line: line.slice(0, 200), error: errorMessage(error) },
        "Not understood what the agent said",
      );
    }
  }

  #lost(): void {
    const wasUp = this.#up;
    this.#up = false;
    if (wasUp) this.#options.onDown();
    if (this.#stopped) return;
    const waitMs = backoffMs(RECONNECT, this.#attempt++, this.#options.random);
    this.#retry = this.#options.clock.after(waitMs, () => this.#connect());
  }
}
