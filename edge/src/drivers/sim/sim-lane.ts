import type {
  ContactName,
  ContactSignal,
  IoInput,
  IoOutput,
  LimitName,
  LoopName,
  LoopSignal,
} from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BarrierError, BarrierPort, Relay } from "../../ports/barrier/barrier-port.ts";
import { type DisplayPort, MAX_DISPLAY_TEXT } from "../../ports/display/display-port.ts";
import type { LaneDevices } from "../../ports/lane-devices.ts";
import type { PaymentTerminalPort, TerminalResult } from "../../ports/payment-terminal/payment-terminal-port.ts";
import type { SampleSink } from "../../ports/sample-sink.ts";

/** An output without its time, which the socket adds when it writes. */
export type SimOutput = IoOutput extends infer One ? (One extends { t: string } ? Omit<One, "t"> : never) : never;
export type SimInput = Exclude<IoInput, { kind: "alive" }>;

export interface SimLaneOptions {
  /** Name of the lane on the socket. */
  readonly name: string;
  readonly clock: Pick<Clock, "after">;
  readonly write: (output: SimOutput) => void;
  /** Whether anybody feeds inputs and could pay at the terminal. */
  readonly connected: () => boolean;
}

/** Simulated devices of one lane: outputs become lines, lines become samples. */
export class SimLane implements LaneDevices {
  readonly barrier: BarrierPort;
  readonly loops: LaneDevices["loops"];
  readonly contacts: LaneDevices["contacts"];
  readonly display: DisplayPort;
  readonly terminal: PaymentTerminalPort;
  readonly #options: SimLaneOptions;
  readonly #relays: Record<Relay, Timer | null> = { up: null, down: null };
  readonly #limitSinks = new Set<SampleSink<LimitName, boolean>>();
  readonly #loopSinks = new Set<SampleSink<LoopName, LoopSignal>>();
  readonly #contactSinks = new Set<SampleSink<ContactName, ContactSignal>>();
  readonly #payers = new Set<(result: TerminalResult) => void>();
  #shown: { readonly key: string; readonly text: string } = { key: "", text: "" };
  #green = false;
  #asked: Extract<SimOutput, { kind: "terminal" }> | null = null;

  constructor(options: SimLaneOptions) {
    this.#options = options;
    this.loops = { watch: (sink) => joined(this.#loopSinks, sink) };
    this.contacts = { watch: (sink) => joined(this.#contactSinks, sink) };
    this.barrier = {
      energise: (relay, atMostMs) => this.#energise(relay, atMostMs),
      release: (relay) => this.#release(relay),
      allOff: () => {
        this.#release("up");
        this.#release("down");
      },
      watchLimits: (sink) => joined(this.#limitSinks, sink),
    };
    this.display = {
      show: (key, text) => {
        if (text.length > MAX_DISPLAY_TEXT) return err("text_too_long");
        this.#shown = { key, text };
        return this.#put({ kind: "display", lane: options.name, key, text });
      },
      light: (green) => {
        this.#green = green;
        return this.#put({ kind: "light", lane: options.name, green });
      },
    };
    this.terminal = {
      request: (request) => this.#ask(request.requestId, request.amount),
      cancel: (requestId) => this.#withdraw(requestId),
      onResult: (listener) => joined(this.#payers, listener),
    };
  }

  /** Every output as it is now, for a client that has just come. */
  present(): readonly SimOutput[] {
    const lane = this.#options.name;
    const relay = (name: Relay): SimOutput => ({ kind: "relay", lane, name, on: this.#relays[name] !== null });
    const light: SimOutput = { kind: "light", lane, green: this.#green };
    const display: SimOutput = { kind: "display", lane, ...this.#shown };
    return [relay("up"), relay("down"), light, display, ...(this.#asked ? [this.#asked] : [])];
  }

  take(input: SimInput): void {
    switch (input.kind) {
      case "loop":
        for (const sink of this.#loopSinks) sink.sample(input.name, input.signal);
        return;
      case "contact":
        for (const sink of this.#contactSinks) sink.sample(input.name, input.signal);
        return;
      case "limit":
        for (const sink of this.#limitSinks) sink.sample(input.name, input.active);
        return;
      case "terminal":
        return this.#settle(input);
      default:
        return assertNever(input);
    }
  }

  holds(): void {
    for (const sink of [...this.#loopSinks, ...this.#contactSinks, ...this.#limitSinks]) sink.holds();
  }

  lost(): void {
    for (const sink of [...this.#loopSinks, ...this.#contactSinks, ...this.#limitSinks]) sink.lost();
  }

  #put(output: SimOutput): Result<void, "not_connected"> {
    this.#options.write(output);
    return ok(undefined);
  }

  #energise(relay: Relay, atMostMs: number): Result<void, BarrierError> {
    if (this.#relays[relay === "up" ? "down" : "up"] !== null) return err("io_failed");
    const wasOn = this.#relays[relay];
    wasOn?.cancel();
    this.#relays[relay] = this.#options.clock.after(atMostMs, () => this.#release(relay));
    if (wasOn === null) this.#put({ kind: "relay", lane: this.#options.name, name: relay, on: true });
    return ok(undefined);
  }

  #release(relay: Relay): Result<void, BarrierError> {
    const timer = this.#relays[relay];
    if (timer === null) return ok(undefined);
    timer.cancel();
    this.#relays[relay] = null;
    return this.#put({ kind: "relay", lane: this.#options.name, name: relay, on: false });
  }

  #ask(requestId: string, amount: { amountMinor: number; currency: string }): Result<void, "not_connected" | "busy"> {
    if (!this.#options.connected()) return err("not_connected");
    if (this.#asked !== null && this.#asked.request_id !== requestId) return err("busy");
    this.#asked = {
      kind: "terminal",
      lane: this.#options.name,
      request_id: requestId,
      amount_minor: amount.amountMinor,
      currency: amount.currency,
      active: true,
    };
    return this.#put(this.#asked);
  }

  #withdraw(requestId: string): void {
    if (this.#asked?.request_id !== requestId) return;
    this.#put({ ...this.#asked, active: false });
    this.#asked = null;
  }

  /** A declined attempt leaves the request open: the driver may try another card. */
  #settle(input: Extract<SimInput, { kind: "terminal" }>): void {
    if (input.result !== "declined" && this.#asked?.request_id === input.request_id) this.#asked = null;
    const { request_id: requestId, result, reference, method } = input;
    for (const tell of this.#payers) tell({ requestId, result, reference, method });
  }
}

function joined<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => set.delete(member);
}
