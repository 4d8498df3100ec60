import type { ZvtConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { DeviceFault } from "../../ports/device-health.ts";
import {
  ABORT_BY_REGISTER,
  AUTHORISATION,
  bcd,
  REGISTRATION,
  REPEAT_RECEIPT,
  type StatusInformation,
} from "./zvt-codec.ts";
import { type CommandEnd, ZvtLine } from "./zvt-line.ts";
import { markOf } from "./zvt-settlement.ts";

/** ISO 4217 numbers of the currencies of the site file. */
const CURRENCIES: Readonly<Record<ZvtConfig["currency"], number>> = {
  EUR: 978,
  CHF: 756,
  GBP: 826,
  SEK: 752,
  DKK: 208,
  NOK: 578,
  PLN: 985,
  CZK: 203,
};
/** Bits of a registration's config byte: receipts are ours (and dropped), states are told, payments are started by us only. */
const CONFIG_BYTE = 0x02 | 0x04 | 0x08 | 0x10;
/** Payment type: by card of any kind, as the terminal decides. */
const PAYMENT_TYPE = 0x40;
const REGISTER_MAX_MS = 10_000;
const RECALL_MAX_MS = 20_000;
/** A terminal that refuses to repeat its last receipt may be busy: it is asked so often in all while somebody waits for it. */
const MAX_RECALLS = 3;
const RECALL_AGAIN_MS = 2_000;
/** T4 of ZVT: longest time between two words of a terminal at work, ms. */
const PAY_MAX_MS = 180_000;

export interface ZvtSessionOptions {
  readonly config: ZvtConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether somebody waits for the last receipt, so that a refusal to repeat it is not the last word. */
  readonly wantsReceipt: () => boolean;
  /** The terminal is ready, and told its last receipt; null when it repeats none. */
  readonly onReceipt: (last: StatusInformation | null) => void;
  readonly onDown: () => void;
}

/**
 * The register's side of ZVT with one terminal, without any payment in mind: connects, registers, asks for the last
 * receipt, and then is ready for an authorisation. Keeps the mark of the terminal's last transaction.
 */
export class ZvtSession {
  readonly #options: ZvtSessionOptions;
  readonly #line: ZvtLine;
  #state: "down" | "starting" | "ready" | "paying" = "down";
  #mark: string | null = null;
  #again: Timer | null = null;
  #fault: DeviceFault | null = null;

  constructor(options: ZvtSessionOptions) {
    this.#options = options;
    const { clock, random } = options;
    const { host, port } = options.config;
    this.#line = new ZvtLine({
      host,
      port,
      clock,
      random,
      onUp: () => this.#register(),
      onDown: (why) => this.#down(why),
    });
  }

  get state(): "down" | "starting" | "ready" | "paying" {
    return this.#state;
  }

  /** The terminal's last transaction; null when it did not say. */
  get mark(): string | null {
    return this.#mark;
  }

  get fault(): DeviceFault | null {
    return this.#fault;
  }

  /** ISO 4217 number of the terminal's currency. */
  get currency(): number {
    return CURRENCIES[this.#options.config.currency];
  }

  /** Asks the driver for so many minor units. Only a ready session does it; `done` is called once. */
  authorise(amountMinor: number, done: (end: CommandEnd) => void): void {
    this.#state = "paying";
    const data = [0x04, ...bcd(amountMinor, 6), 0x49, ...bcd(this.currency, 2), 0x19, PAYMENT_TYPE];
    this.#send(AUTHORISATION, data, PAY_MAX_MS, (end) => {
      if (end.result !== "lost") this.#state = "ready";
      done(end);
    });
  }

  /** Asks the terminal to give up the authorisation in hand; it may be too late. */
  interrupt(): void {
    this.#line.interrupt(ABORT_BY_REGISTER);
  }

  /** What the terminal says of its last transaction is what the next one is told from. */
  remember(status: StatusInformation | null): void {
    if (status !== null && status.trace !== null) this.#mark = markOf(status);
  }

  /** Asks for the last receipt: it tells what was the last transaction, and so whether an unclear one was done. */
  recall(tries = MAX_RECALLS): void {
    this.#state = "starting";
    const { config, clock } = this.#options;
    this.#send(REPEAT_RECEIPT, bcd(Number(config.password), 3), RECALL_MAX_MS, ({ result, status }) => {
      if (result === "lost") return;
      if (result !== "completed" && status === null && tries > 1 && this.#options.wantsReceipt())
        this.#again = clock.after(RECALL_AGAIN_MS, () => this.recall(tries - 1));
      else this.#recalled(status);
    });
  }

  note(code: string, message: string): void {
    this.#fault = { code, message, at: this.#options.clock.wall() };
  }

  close(): void {
    this.#again?.cancel();
    this.#line.close();
  }

  #register(): void {
    this.#state = "starting";
    const data = [...bcd(Number(this.#options.config.password), 3), CONFIG_BYTE, ...bcd(this.currency, 2)];
    this.#send(REGISTRATION, data, REGISTER_MAX_MS, ({ result, code }) => {
      if (result === "completed") return this.recall();
      const why = code === null ? "" : ` (code ${code.toString(16).padStart(2, "0")})`;
      this.note("not_registered", `The terminal refuses to register${why}; look at its password and currency.`);
      if (result !== "lost") this.#line.restart();
    });
  }

  #recalled(status: StatusInformation | null): void {
    this.#state = "ready";
    this.#mark = null;
    this.remember(status);
    this.#options.onReceipt(status);
  }

  #down(why: string | null): void {
    const { host, port } = this.#options.config;
    this.#state = "down";
    this.#again?.cancel();
    if (why !== null)
      this.note("not_connected", `The terminal at ${host}:${port} is gone: ${why}; look at its power and network.`);
    this.#options.onDown();
  }

  #send(command: number, data: readonly number[], maxMs: number, done: (end: CommandEnd) => void): void {
    this.#line.send({ command, data: Uint8Array.from(data) }, maxMs, done);
  }
}
