import type { ZvtConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { later } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceFault, DeviceHealth } from "../../ports/device-health.ts";
import type {
  EarlierRequest,
  PaymentTerminalPort,
  Settlement,
  TerminalError,
  TerminalEvent,
  TerminalRequest,
  TerminalResult,
} from "../../ports/payment-terminal/payment-terminal-port.ts";
import {
  ABORT_BY_REGISTER,
  AUTHORISATION,
  bcd,
  REGISTRATION,
  REPEAT_RECEIPT,
  type StatusInformation,
} from "./zvt-codec.ts";
import { type CommandEnd, ZvtLine } from "./zvt-line.ts";
import { markOf, NO_RECEIPT, referenceOf, settlementOf } from "./zvt-settlement.ts";

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
/** T4 of ZVT: longest time between two words of a terminal at work, ms. */
const PAY_MAX_MS = 180_000;
/** A declined card is shown for so long before the terminal asks for another, ms. */
const NEXT_TRY_MS = 2_000;
/** A request whose terminal is gone has failed for the lane after this; what the terminal then tells is still told on, ms. */
const UNCLEAR_MAX_MS = 10_000;
/** The driver, or the time, has ended it: "abort via time-out or abort-key". */
const ENDED_BY_DRIVER = 0x6c;

interface Request extends TerminalRequest {
  readonly triesLeft: number;
  /** Trace number of the terminal's last transaction before this one, null when it had none. */
  readonly traceBefore: number | null;
  readonly at: /** Its turn has not come, or it waits for another card. */
    | { readonly kind: "waiting"; readonly from: MonoMs }
    | { readonly kind: "asked" }
    /** The line was lost while the terminal worked on it: money may have moved. */
    | { readonly kind: "unclear"; readonly since: MonoMs };
  readonly cancelled: boolean;
  /** The lane has been told that it failed. */
  readonly failed: boolean;
}

export interface ZvtTerminalOptions {
  readonly config: ZvtConfig;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A payment terminal that speaks ZVT over TCP.
 *
 *   connected ─06 00─▶ registered ─06 20─▶ last transaction known ─▶ ready ─06 01─▶ 04 0F, 06 0F: approved
 *                                                                                 └ 06 1E: declined, cancelled
 *
 * 1. No approval is lost: when the line is cut while the terminal works, the next connection asks for its last receipt, and
 *    a new trace number with the same amount is this request's approval.
 * 2. No approval is invented: only result code 0 in a status information, followed by the completion, is one.
 * 3. No amount is asked for twice while it is unclear whether it was paid.
 */
export class ZvtTerminal implements PaymentTerminalPort {
  readonly #options: ZvtTerminalOptions;
  readonly #line: ZvtLine;
  readonly #timer: Timer;
  readonly #listeners = new Set<(event: TerminalEvent) => void>();
  #state: "down" | "starting" | "ready" | "paying" = "down";
  #lastTrace: number | null = null;
  #mark: string | null = null;
  #earlier: { readonly request: EarlierRequest; readonly done: (settlement: Settlement) => void } | null = null;
  #request: Request | null = null;
  #fault: DeviceFault | null = null;

  constructor(options: ZvtTerminalOptions) {
    this.#options = options;
    const { config, clock, random } = options;
    const { host, port } = config;
    this.#line = new ZvtLine({
      host,
      port,
      clock,
      random,
      onUp: () => this.#register(),
      onDown: (why) => this.#down(why),
    });
    this.#timer = clock.every(250, () => this.#tick());
  }

  request(request: TerminalRequest): Result<void, TerminalError> {
    if (this.#request?.requestId === request.requestId) return ok(undefined);
    if (this.#request) return err(this.#request.failed ? "not_connected" : "busy");
    if (this.#state !== "ready") return err("not_connected");
    if (request.amount.currency !== this.#options.config.currency) {
      this.#note(
        "wrong_currency",
        `The lane asks for ${request.amount.currency}; set the terminal's currency in the site file.`,
      );
      return err("not_connected");
    }
    this.#request = {
      ...request,
      triesLeft: this.#options.config.tries,
      traceBefore: this.#lastTrace,
      at: { kind: "waiting", from: this.#options.clock.mono() },
      cancelled: false,
      failed: false,
    };
    this.#ask();
    return ok(undefined);
  }

  mark(): string | null {
    return this.#mark;
  }

  settle(request: EarlierRequest, done: (settlement: Settlement) => void): void {
    this.#earlier = { request, done };
    // A receipt that was asked for before this is as good, but only without a payment since.
    if (this.#state === "ready") this.#recall();
  }

  cancel(requestId: string): void {
    const request = this.#request;
    if (request?.requestId !== requestId || request.cancelled) return;
    switch (request.at.kind) {
      case "waiting":
        this.#request = null;
        return this.#close(requestId);
      case "asked":
        this.#request = { ...request, cancelled: true };
        return this.#line.interrupt(ABORT_BY_REGISTER);
      case "unclear":
        this.#request = { ...request, cancelled: true };
        return;
      default:
        return assertNever(request.at);
    }
  }

  watch(listener: (event: TerminalEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  health(): DeviceHealth {
    const connected = this.#state === "ready" || this.#state === "paying";
    return { connected, detail: this.#state, lastFault: this.#fault };
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    this.#line.close();
  }

  #register(): void {
    this.#state = "starting";
    const { password, currency } = this.#options.config;
    const data = [...bcd(Number(password), 3), CONFIG_BYTE, ...bcd(CURRENCIES[currency], 2)];
    this.#send(REGISTRATION, data, REGISTER_MAX_MS, ({ result, code }) => {
      if (result === "completed") return this.#recall();
      const why = code === null ? "" : ` (code ${code.toString(16).padStart(2, "0")})`;
      this.#note("not_registered", `The terminal refuses to register${why}; look at its password and currency.`);
      if (result !== "lost") this.#line.restart();
    });
  }

  /** Asks for the last receipt: it tells what was the last transaction, and so whether an unclear one was done. */
  #recall(): void {
    const data = bcd(Number(this.#options.config.password), 3);
    this.#state = "starting";
    this.#send(REPEAT_RECEIPT, data, RECALL_MAX_MS, ({ result, status }) => {
      if (result === "lost") return;
      this.#state = "ready";
      const request = this.#request;
      const before = request?.traceBefore ?? null;
      const saysNothing = status === null && (result === "completed" || before !== null);
      if (request?.at.kind === "unclear" && saysNothing) this.#giveUp(request);
      else if (request?.at.kind === "unclear") this.#clear(request, status);
      this.#remember(status);
      if (status === null) this.#mark = result === "completed" ? null : NO_RECEIPT;
      this.#settleEarlier(status);
    });
  }

  #remember(status: StatusInformation | null): void {
    if (status?.trace == null) return;
    this.#lastTrace = status.trace;
    this.#mark = markOf(status);
  }

  #settleEarlier(status: StatusInformation | null): void {
    const earlier = this.#earlier;
    if (!earlier) return;
    this.#earlier = null;
    const { amount, mark } = earlier.request;
    const currency = CURRENCIES[this.#options.config.currency];
    earlier.done(settlementOf({ amountMinor: amount.amountMinor, currency, mark }, status));
  }

  #clear(request: Request, status: StatusInformation | null): void {
    if (status !== null && status.trace !== request.traceBefore && this.#isFor(request, status))
      return this.#approve(request, status);
    this.#request = null;
    if (request.failed) return this.#close(request.requestId);
    if (request.cancelled) return this.#tell(request, "cancelled", "");
    // Nothing was paid: the driver may pay now.
    this.#request = { ...request, at: { kind: "waiting", from: this.#options.clock.mono() } };
    this.#ask();
  }

  /** The terminal doesn't say what was last: a person has to look, the amount is not asked for again. */
  #giveUp(request: Request): void {
    const { requestId, amount } = request;
    const why = `Whether ${amount.amountMinor} (minor units) were paid can't be told; look at the terminal's journal.`;
    this.#note("unclear", why);
    this.#request = null;
    if (!request.failed) this.#emit({ kind: "failed", requestId, code: "not_connected" });
    this.#close(requestId, { kind: "unknown", why });
  }

  #ask(): void {
    const request = this.#request;
    if (!request || this.#state !== "ready") return;
    this.#state = "paying";
    this.#request = { ...request, at: { kind: "asked" }, triesLeft: request.triesLeft - 1 };
    const { currency } = this.#options.config;
    const amount = [0x04, ...bcd(request.amount.amountMinor, 6), 0x49, ...bcd(CURRENCIES[currency], 2)];
    this.#send(AUTHORISATION, [...amount, 0x19, PAYMENT_TYPE], PAY_MAX_MS, (end) => this.#paid(end));
  }

  #paid({ result, code, status }: CommandEnd): void {
    const request = this.#request;
    if (!request) return;
    if (result === "lost") {
      this.#request = { ...request, at: { kind: "unclear", since: this.#options.clock.mono() } };
      return;
    }
    if (result === "completed" && status === null) {
      this.#request = { ...request, at: { kind: "unclear", since: this.#options.clock.mono() } };
      return this.#recall();
    }
    this.#state = "ready";
    this.#remember(status);
    if (result === "completed" && status !== null && this.#isFor(request, status))
      return this.#approve(request, status);
    if (request.cancelled || code === ENDED_BY_DRIVER) {
      this.#request = null;
      return this.#tell(request, "cancelled", "");
    }
    this.#decline(request);
  }

  #decline(request: Request): void {
    this.#tell(request, "declined", "");
    if (request.triesLeft === 0) {
      this.#request = null;
      return this.#tell(request, "cancelled", "");
    }
    const from = later(this.#options.clock.mono(), NEXT_TRY_MS);
    this.#request = { ...request, traceBefore: this.#lastTrace, at: { kind: "waiting", from } };
  }

  #isFor({ amount }: Request, { result, amountMinor, currency }: StatusInformation): boolean {
    const sameCurrency = currency === null || currency === CURRENCIES[this.#options.config.currency];
    return result === 0 && amountMinor === amount.amountMinor && sameCurrency;
  }

  #approve(request: Request, status: StatusInformation): void {
    this.#request = null;
    this.#tell(request, "approved", referenceOf(status));
  }

  #tick(): void {
    const request = this.#request;
    if (!request) return;
    const now = this.#options.clock.mono();
    if (request.at.kind === "waiting" && now >= request.at.from) this.#ask();
    if (request.at.kind !== "unclear" || request.failed || now - request.at.since < UNCLEAR_MAX_MS) return;
    this.#request = { ...request, failed: true };
    this.#emit({ kind: "failed", requestId: request.requestId, code: "not_connected" });
  }

  #down(why: string | null): void {
    const { host, port } = this.#options.config;
    this.#state = "down";
    if (why !== null)
      this.#note("not_connected", `The terminal at ${host}:${port} is gone: ${why}; look at its power and network.`);
    const request = this.#request;
    if (request?.at.kind !== "waiting") return;
    this.#request = null;
    this.#emit({ kind: "failed", requestId: request.requestId, code: "not_connected" });
    this.#close(request.requestId);
  }

  #send(command: number, data: readonly number[], maxMs: number, done: (end: CommandEnd) => void): void {
    this.#line.send({ command, data: Uint8Array.from(data) }, maxMs, done);
  }

  #note(code: string, message: string): void {
    this.#fault = { code, message, at: this.#options.clock.wall() };
  }

  #tell({ requestId }: Request, result: TerminalResult["result"], reference: string): void {
    this.#emit({ kind: "result", result: { requestId, result, reference, method: "credit_card" } });
  }

  #close(
    requestId: string,
    settlement: Extract<TerminalEvent, { kind: "closed" }>["settlement"] = { kind: "not_paid" },
  ): void {
    this.#emit({ kind: "closed", requestId, settlement });
  }

  #emit(event: TerminalEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
