import { operationsMessage } from "@gatehouse/shared/contracts/http/operations.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { type Backoff, backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Connection, SignedOutCause } from "./connection.ts";
import type { Arrival } from "./state.ts";

/** Silence after which the connection counts as dead; the cloud sends a heartbeat far more often. */
export const SILENCE_MS = 20 * SECOND_MS;
const WATCH_EVERY_MS = 2 * SECOND_MS;
const BACKOFF: Backoff = { firstMs: 500, maxMs: 15 * SECOND_MS, jitter: 0.5 };
/** Far above a snapshot of a hundred lots with all their movements. */
const MAX_MESSAGE_CHARS = 8 * 1024 * 1024;

/** A WebSocket that was just opened. */
export interface Socket {
  listen(listener: { readonly onMessage: (data: unknown) => void; readonly onClose: () => void }): void;
  close(): void;
}

export type TokenVerdict = "good" | "wrong_token" | "not_allowed" | "unreachable";

export interface OperationsLinkOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly openSocket: () => Socket;
  /** Asks the cloud over HTTP, since a browser hides why a WebSocket was refused. */
  readonly checkToken: () => Promise<TokenVerdict>;
  readonly onArrival: (arrival: Arrival) => void;
  readonly onConnection: (connection: Connection) => void;
}

/**
 * Keeps one WebSocket to the cloud open: back-off with jitter, and a watchdog for a line that is dead without a word. It is
 * live with the snapshot, not with the socket. Ends by itself only when the cloud says that the token is no good.
 */
export class OperationsLink {
  readonly #options: OperationsLinkOptions;
  #socket: Socket | null = null;
  #waiting: Timer | null = null;
  #watch: Timer | null = null;
  #heardAt: MonoMs;
  #attempt = 0;
  #lostAt: number | null = null;
  #isEnded = false;

  constructor(options: OperationsLinkOptions) {
    this.#options = options;
    this.#heardAt = options.clock.mono();
  }

  start(): void {
    this.#watch = this.#options.clock.every(WATCH_EVERY_MS, () => this.#checkSilence());
    this.#options.onConnection({ kind: "connecting" });
    this.#open();
  }

  /** Looks at once instead of at the next try: the page is seen again, or the network is back. */
  wake(): void {
    if (this.#isEnded) return;
    this.#checkSilence();
    if (this.#waiting) this.#open();
  }

  stop(): void {
    this.#isEnded = true;
    this.#waiting?.cancel();
    this.#watch?.cancel();
    this.#drop();
  }

  #open(): void {
    this.#waiting?.cancel();
    this.#waiting = null;
    this.#drop();
    this.#heardAt = this.#options.clock.mono();
    const socket = this.#options.openSocket();
    this.#socket = socket;
    // What an old socket still says when a new one is there counts no more.
    socket.listen({
      onMessage: (data) => (this.#socket === socket ? this.#take(data) : undefined),
      onClose: () => (this.#socket === socket ? this.#lost() : undefined),
    });
  }

  #take(data: unknown): void {
    this.#heardAt = this.#options.clock.mono();
    const arrival = parseArrival(data);
    this.#options.onArrival(arrival);
    if (arrival.kind !== "snapshot") return;
    this.#attempt = 0;
    this.#lostAt = null;
    this.#options.onConnection({ kind: "live" });
  }

  #lost(): void {
    this.#drop();
    if (this.#isEnded) return;
    const { clock, random, onConnection } = this.#options;
    this.#lostAt ??= clock.wall();
    const waitMs = backoffMs(BACKOFF, this.#attempt, random);
    this.#attempt += 1;
    onConnection({ kind: "reconnecting", attempt: this.#attempt, since: this.#lostAt });
    this.#waiting = clock.after(waitMs, () => this.#open());
    void this.#askWhy();
  }

  async #askWhy(): Promise<void> {
    const verdict = await this.#options.checkToken();
    if (verdict === "wrong_token" || verdict === "not_allowed") this.#end(verdict);
  }

  #end(cause: SignedOutCause): void {
    if (this.#isEnded) return;
    this.stop();
    this.#options.onConnection({ kind: "signed_out", cause });
  }

  #checkSilence(): void {
    if (this.#socket && this.#options.clock.mono() - this.#heardAt > SILENCE_MS) this.#lost();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}

function parseArrival(data: unknown): Arrival {
  if (typeof data !== "string" || data.length > MAX_MESSAGE_CHARS) return { kind: "unreadable" };
  try {
    const parsed = operationsMessage.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : { kind: "unreadable" };
  } catch {
    return { kind: "unreadable" };
  }
}
