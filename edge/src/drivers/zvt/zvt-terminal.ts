import type { ZvtConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { later } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceHealth } from "../../ports/device-health.ts";
import type {
  EarlierRequest,
  PaymentTerminalPort,
  Settlement,
  TerminalError,
  TerminalEvent,
  TerminalRequest,
  TerminalResult,
} from "../../ports/payment-terminal/payment-terminal-port.ts";
import type { StatusInformation } from "./zvt-codec.ts";
import type { CommandEnd } from "./zvt-line.ts";
import { ZvtSession } from "./zvt-session.ts";
import { endOf, settlementOf } from "./zvt-settlement.ts";

/** A declined card is shown for so long before the terminal asks for another, ms. */
const NEXT_TRY_MS = 2_000;
/** A request whose terminal is gone has failed for the lane after this; what the terminal then tells is still told on, ms. */
const UNCLEAR_MAX_MS = 10_000;

interface Request extends TerminalRequest {
  readonly triesLeft: number;
  /** The terminal's mark just before it was asked; null when it did not say. */
  readonly mark: string | null;
  readonly at: /** Its turn has not come, or it waits for another card. */
    | { readonly kind: "waiting"; readonly from: MonoMs }
    | { readonly kind: "asked" }
    /** Money may have moved, and only the terminal's last receipt can tell. */
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
 * 3. No amount is asked for twice while it is unclear whether it was paid: only a terminal that says that it was not lets
 *    the driver try again. What it can't tell is closed as unknown, for a person to settle.
 */
export class ZvtTerminal implements PaymentTerminalPort {
  readonly #options: ZvtTerminalOptions;
  readonly #session: ZvtSession;
  readonly #timer: Timer;
  readonly #listeners = new Set<(event: TerminalEvent) => void>();
  #earlier: { readonly request: EarlierRequest; readonly done: (settlement: Settlement) => void } | null = null;
  #request: Request | null = null;

  constructor(options: ZvtTerminalOptions) {
    this.#options = options;
    this.#session = new ZvtSession({
      ...options,
      wantsReceipt: () => this.#earlier !== null || this.#request?.at.kind === "unclear",
      onReceipt: (last) => this.#told(last),
      onDown: () => this.#down(),
    });
    this.#timer = options.clock.every(250, () => this.#tick());
  }

  request(request: TerminalRequest): Result<void, TerminalError> {
    if (this.#request?.requestId === request.requestId) return ok(undefined);
    if (this.#request) return err(this.#request.failed ? "not_connected" : "busy");
    if (this.#session.state !== "ready") return err("not_connected");
    if (request.amount.currency !== this.#options.config.currency) {
      const why = `The lane asks for ${request.amount.currency}; set the terminal's currency in the site file.`;
      this.#session.note("wrong_currency", why);
      return err("not_connected");
    }
    this.#request = {
      ...request,
      triesLeft: this.#options.config.tries,
      mark: this.#session.mark,
      at: { kind: "waiting", from: this.#options.clock.mono() },
      cancelled: false,
      failed: false,
    };
    this.#ask();
    return ok(undefined);
  }

  mark(): string | null {
    return this.#session.mark;
  }

  settle(request: EarlierRequest, done: (settlement: Settlement) => void): void {
    this.#earlier = { request, done };
    // A receipt that was asked for before this is as good, but only without a payment since.
    if (this.#session.state === "ready") this.#session.recall();
  }

  cancel(requestId: string): void {
    const request = this.#request;
    if (request?.requestId !== requestId || request.cancelled) return;
    switch (request.at.kind) {
      case "waiting":
        this.#request = null;
        return this.#close(requestId, { kind: "not_paid" });
      case "asked":
        this.#request = { ...request, cancelled: true };
        return this.#session.interrupt();
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
    const { state, fault } = this.#session;
    return { connected: state === "ready" || state === "paying", detail: state, lastFault: fault };
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    this.#session.close();
  }

  /** The terminal has told its last receipt, or that it repeats none. */
  #told(last: StatusInformation | null): void {
    const request = this.#request;
    if (request?.at.kind === "unclear") this.#settle(request, this.#settlement(request, last));
    const earlier = this.#earlier;
    this.#earlier = null;
    earlier?.done(this.#settlement(earlier.request, last));
  }

  #settlement({ amount, mark }: EarlierRequest, last: StatusInformation | null): Settlement {
    const { currency } = this.#session;
    return settlementOf({ amountMinor: amount.amountMinor, currency, mark }, last);
  }

  #settle(request: Request, settlement: Settlement): void {
    switch (settlement.kind) {
      case "approved":
        return this.#end(request, "approved", settlement.reference);
      case "unknown":
        return this.#giveUp(request, settlement.why);
      case "not_paid":
        return this.#again(request);
      default:
        return assertNever(settlement);
    }
  }

  /** Nothing was paid: the driver may pay now, if the lane still waits for it. */
  #again(request: Request): void {
    this.#request = null;
    if (request.failed) return this.#close(request.requestId, { kind: "not_paid" });
    if (request.cancelled) return this.#end(request, "cancelled");
    this.#request = { ...request, at: { kind: "waiting", from: this.#options.clock.mono() } };
    this.#ask();
  }

  /** Nobody knows whether, or how much, was paid: a person has to look, and the amount is not asked for again. */
  #giveUp({ requestId, amount, failed }: Request, reason: string): void {
    const why = `${reason} Whether ${amount.amountMinor} (minor units) were paid can't be told; look at the terminal's journal.`;
    this.#session.note("unclear", why);
    this.#request = null;
    if (!failed) this.#emit({ kind: "failed", requestId, code: "unclear" });
    this.#close(requestId, { kind: "unknown", why });
  }

  #ask(): void {
    const request = this.#request;
    if (!request || this.#session.state !== "ready") return;
    const { mark } = this.#session;
    this.#request = { ...request, mark, at: { kind: "asked" }, triesLeft: request.triesLeft - 1 };
    this.#session.authorise(request.amount.amountMinor, (end) => this.#paid(end));
  }

  #paid(end: CommandEnd): void {
    const request = this.#request;
    if (!request) return;
    const { amount, mark } = request;
    const outcome = endOf({ amountMinor: amount.amountMinor, currency: this.#session.currency, mark }, end);
    if (outcome.kind === "ask_terminal") {
      this.#request = { ...request, at: { kind: "unclear", since: this.#options.clock.mono() } };
      if (end.result !== "lost") this.#session.recall();
      return;
    }
    this.#session.remember(end.status);
    if (outcome.kind === "approved" || outcome.kind === "unknown") return this.#settle(request, outcome);
    if (request.cancelled || outcome.kind === "cancelled") return this.#end(request, "cancelled");
    this.#decline(request);
  }

  #decline(request: Request): void {
    this.#tell(request, "declined", "");
    if (request.triesLeft === 0) return this.#end(request, "cancelled");
    const from = later(this.#options.clock.mono(), NEXT_TRY_MS);
    this.#request = { ...request, at: { kind: "waiting", from } };
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

  #down(): void {
    const request = this.#request;
    if (request?.at.kind !== "waiting") return;
    this.#request = null;
    this.#emit({ kind: "failed", requestId: request.requestId, code: "not_connected" });
    this.#close(request.requestId, { kind: "not_paid" });
  }

  #end(request: Request, result: "approved" | "cancelled", reference = ""): void {
    this.#request = null;
    this.#tell(request, result, reference);
  }

  #tell({ requestId }: Request, result: TerminalResult["result"], reference: string): void {
    this.#emit({ kind: "result", result: { requestId, result, reference, method: "credit_card" } });
  }

  #close(requestId: string, settlement: Extract<TerminalEvent, { kind: "closed" }>["settlement"]): void {
    this.#emit({ kind: "closed", requestId, settlement });
  }

  #emit(event: TerminalEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
