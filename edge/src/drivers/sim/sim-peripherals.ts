import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceHealth } from "../../ports/device-health.ts";
import { type DisplayPort, MAX_DISPLAY_TEXT } from "../../ports/display/display-port.ts";
import type { CallEvent, IntercomPort } from "../../ports/intercom/intercom-port.ts";
import type { PaymentTerminalPort, TerminalEvent } from "../../ports/payment-terminal/payment-terminal-port.ts";
import {
  type PrinterEvent,
  type PrinterPort,
  type PrinterState,
  ticketFault,
} from "../../ports/printer/printer-port.ts";
import { type ReaderEvent, type ReaderPort, SAME_SCAN_MS } from "../../ports/reader/reader-port.ts";
import { repeatFilter } from "../../ports/reader/repeat-filter.ts";
import type { SimPeripheralInput, SimTunnel } from "./sim-tunnel.ts";

export interface SimPeripheralsOptions {
  /** Name of the lane on the socket. */
  readonly name: string;
  readonly clock: Pick<Clock, "mono">;
  readonly tunnel: SimTunnel;
}

/** Simulated peripherals of one lane: commands become lines of the socket, lines become events. */
export class SimPeripherals {
  readonly display: DisplayPort;
  readonly terminal: PaymentTerminalPort;
  readonly printer: PrinterPort;
  readonly reader: ReaderPort;
  readonly intercom: IntercomPort;
  readonly #options: SimPeripheralsOptions;
  readonly #payers = new Set<(event: TerminalEvent) => void>();
  readonly #printing = new Set<(event: PrinterEvent) => void>();
  readonly #readers = new Set<(event: ReaderEvent) => void>();
  readonly #callers = new Set<(event: CallEvent) => void>();
  readonly #isRepeat: (code: string) => boolean;
  #present = false;
  #asked: { readonly requestId: string; readonly amountMinor: number; readonly currency: string } | null = null;
  #paper: PrinterState = "ready";
  #job: string | null = null;
  #call: string | null = null;

  constructor(options: SimPeripheralsOptions) {
    this.#options = options;
    this.#isRepeat = repeatFilter(options.clock, SAME_SCAN_MS);
    const health = (): DeviceHealth => ({ connected: this.#present, detail: null, lastFault: null });
    this.display = { show: (key, text) => this.#show(key, text), health };
    this.terminal = {
      request: ({ requestId, amount }) => this.#ask(requestId, amount),
      cancel: (requestId) => this.#withdraw(requestId),
      mark: () => null,
      settle: (_earlier, done) => done({ kind: "unknown", why: "A simulated terminal can't be asked what was paid." }),
      watch: (listener) => joined(this.#payers, listener),
      health,
    };
    this.printer = {
      print: ({ jobId, code, lines }) => this.#print(jobId, code, lines),
      state: () => this.#printerState,
      watch: (listener) => joined(this.#printing, listener),
      health: () => ({ ...health(), detail: this.#printerState }),
    };
    this.reader = { watch: (listener) => joined(this.#readers, listener), health };
    this.intercom = {
      call: ({ callId, reason }) => this.#ring(callId, reason),
      end: (callId) => this.#hangUp(callId),
      watch: (listener) => joined(this.#callers, listener),
      health,
    };
    options.tunnel.onInput((input) => this.#take(input));
  }

  get #printerState(): PrinterState {
    return this.#present ? this.#paper : "offline";
  }

  #show(key: string, text: string): Result<void, "text_too_long"> {
    if (text.length > MAX_DISPLAY_TEXT) return err("text_too_long");
    this.#options.tunnel.put({ kind: "display", lane: this.#options.name, key, text });
    return ok(undefined);
  }

  #take(input: SimPeripheralInput): void {
    switch (input.kind) {
      case "feeders":
        return this.#follow(input.present);
      case "terminal":
        return this.#settle(input);
      case "press":
        return tell(this.#readers, { kind: "press", button: input.name });
      case "scan":
        if (!this.#isRepeat(`${input.medium} ${input.code}`))
          tell(this.#readers, { kind: "scan", scan: { medium: input.medium, code: input.code } });
        return;
      case "printer":
        this.#paper = input.state;
        if (this.#present) tell(this.#printing, { kind: "state", state: input.state });
        return;
      case "ticket":
        return this.#endTicket(input.job_id, input.result);
      case "intercom":
        return this.#followCall(input);
      default:
        return assertNever(input);
    }
  }

  /** Whoever played the devices came or went; what was going on with them is over. */
  #follow(present: boolean): void {
    if (present === this.#present) return;
    this.#present = present;
    tell(this.#printing, { kind: "state", state: this.#printerState });
    if (present) return;
    if (this.#job !== null) this.#endTicket(this.#job, "failed");
    if (this.#call !== null) this.#followCall({ call_id: this.#call, state: "failed" });
  }

  #ask(requestId: string, amount: { amountMinor: number; currency: string }): Result<void, "not_connected" | "busy"> {
    if (!this.#present) return err("not_connected");
    if (this.#asked !== null && this.#asked.requestId !== requestId) return err("busy");
    this.#asked = { requestId, ...amount };
    this.#putRequest(true);
    return ok(undefined);
  }

  #withdraw(requestId: string): void {
    if (this.#asked?.requestId !== requestId) return;
    this.#putRequest(false);
    this.#asked = null;
    tell(this.#payers, { kind: "closed", requestId, settlement: { kind: "not_paid" } });
  }

  #putRequest(active: boolean): void {
    if (!this.#asked) return;
    const { requestId, amountMinor, currency } = this.#asked;
    const { tunnel, name: lane } = this.#options;
    tunnel.put({ kind: "terminal", lane, request_id: requestId, amount_minor: amountMinor, currency, active });
  }

  /** A declined attempt leaves the request open: the driver may try another card. */
  #settle(input: Extract<SimPeripheralInput, { kind: "terminal" }>): void {
    if (input.result !== "declined" && this.#asked?.requestId === input.request_id) this.#asked = null;
    const { request_id: requestId, result, reference, method } = input;
    tell(this.#payers, { kind: "result", result: { requestId, result, reference, method } });
  }

  #print(jobId: string, code: string, lines: readonly string[]): ReturnType<PrinterPort["print"]> {
    const fault = ticketFault({ jobId, code, lines }, this.#printerState) ?? (this.#job === null ? null : "busy");
    if (fault) return err(fault);
    this.#job = jobId;
    const { tunnel, name: lane } = this.#options;
    tunnel.put({ kind: "ticket", lane, job_id: jobId, code, lines: [...lines] });
    return ok(undefined);
  }

  #endTicket(jobId: string, result: "presented" | "taken" | "failed"): void {
    if (jobId !== this.#job) return;
    if (result === "presented") return tell(this.#printing, { kind: "ticket", jobId, result });
    this.#job = null;
    if (result === "taken") return tell(this.#printing, { kind: "ticket", jobId, result });
    const state = this.#printerState;
    const code = state === "ready" || state === "paper_low" ? "jammed" : state;
    tell(this.#printing, { kind: "failed", jobId, code });
  }

  #ring(callId: string, reason: string): Result<void, "not_connected" | "busy"> {
    if (!this.#present) return err("not_connected");
    if (this.#call !== null) return err("busy");
    this.#call = callId;
    const { tunnel, name: lane } = this.#options;
    tunnel.put({ kind: "intercom", lane, call_id: callId, state: "calling", reason });
    tell(this.#callers, { callId, state: "ringing" });
    return ok(undefined);
  }

  #hangUp(callId: string): void {
    if (callId !== this.#call) return;
    const { tunnel, name: lane } = this.#options;
    tunnel.put({ kind: "intercom", lane, call_id: callId, state: "ended", reason: "" });
    this.#followCall({ call_id: callId, state: "ended" });
  }

  #followCall(call: Pick<Extract<SimPeripheralInput, { kind: "intercom" }>, "call_id" | "state">): void {
    if (call.call_id !== this.#call) return;
    if (call.state !== "answered") this.#call = null;
    tell(this.#callers, { callId: call.call_id, state: call.state });
  }
}

function tell<Event>(listeners: ReadonlySet<(event: Event) => void>, event: NoInfer<Event>): void {
  for (const listener of listeners) listener(event);
}

function joined<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => set.delete(member);
}
