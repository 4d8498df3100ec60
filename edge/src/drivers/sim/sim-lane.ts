import type {
  ContactName,
  ContactSignal,
  LimitName,
  LoopName,
  LoopSignal,
  TestedName,
} from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BarrierError, BarrierPort, Relay } from "../../ports/barrier/barrier-port.ts";
import type { LaneDevices } from "../../ports/lane-devices.ts";
import type { LightPort } from "../../ports/light/light-port.ts";
import type { SampleSink } from "../../ports/sample-sink.ts";
import {
  isPeripheralLine,
  type SimInput,
  type SimOutput,
  type SimPeripheralInput,
  type SimPeripheralOutput,
  type SimTunnel,
} from "./sim-tunnel.ts";

export type { SimInput, SimOutput };

export interface SimLaneOptions {
  /** Name of the lane on the socket. */
  readonly name: string;
  readonly clock: Pick<Clock, "after" | "mono">;
  readonly write: (output: SimOutput) => void;
}

/** Simulated devices of one lane: outputs become lines, lines become samples. */
export class SimLane implements LaneDevices {
  readonly barrier: BarrierPort;
  readonly loops: LaneDevices["loops"];
  readonly contacts: LaneDevices["contacts"];
  readonly light: LightPort;
  /** For the lane's simulated peripherals, which live on the main thread. */
  readonly tunnel: SimTunnel;
  readonly #options: SimLaneOptions;
  readonly #relays: Record<Relay, Timer | null> = { up: null, down: null };
  readonly #limitSinks = new Set<SampleSink<LimitName, boolean>>();
  readonly #loopSinks = new Set<SampleSink<LoopName, LoopSignal>>();
  readonly #contactSinks = new Set<SampleSink<ContactName, ContactSignal>>();
  #toPeripherals: (input: SimPeripheralInput) => void = () => {};
  #fed = false;
  /** The last output of each peripheral that still means something to a client that comes later. */
  readonly #standing = new Map<SimPeripheralOutput["kind"], SimPeripheralOutput>();
  /** Test outputs that are on. */
  readonly #tests = new Set<TestedName>();
  #green = false;

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
      onRelayLost: () => () => {}, // its relays are lines, and who reads them is not known
      watchLimits: (sink) => joined(this.#limitSinks, sink),
    };
    this.light = {
      show: (green) => {
        this.#green = green;
        return this.#put({ kind: "light", lane: options.name, green });
      },
    };
    this.tunnel = {
      put: (output) => this.#putPeripheral(output),
      onInput: (listener) => {
        this.#toPeripherals = listener;
        listener({ kind: "feeders", present: this.#fed });
      },
    };
  }

  /** What is told over the socket comes by itself; there is no round that could stop. */
  sampledAt(): MonoMs {
    return this.#options.clock.mono();
  }

  readonly test = (name: TestedName, on: boolean): Result<void, "not_connected"> => {
    if (on) this.#tests.add(name);
    else this.#tests.delete(name);
    return this.#put({ kind: "test", lane: this.#options.name, name, on });
  };

  /** Every output as it is now, for a client that has just come. */
  present(): readonly SimOutput[] {
    const lane = this.#options.name;
    const relay = (name: Relay): SimOutput => ({ kind: "relay", lane, name, on: this.#relays[name] !== null });
    const light: SimOutput = { kind: "light", lane, green: this.#green };
    const dark: SimOutput = { kind: "display", lane, key: "", text: "" };
    const peripherals = this.#standing.has("display") ? [] : [dark];
    const tests = [...this.#tests].map((name) => ({ kind: "test", lane, name, on: true }) as const);
    return [relay("up"), relay("down"), light, ...tests, ...peripherals, ...this.#standing.values()];
  }

  take(input: SimInput): void {
    if (isPeripheralLine(input)) return this.#takePeripheral(input);
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

  /** Whether anybody feeds inputs and so could pay, print or answer. */
  feeding(present: boolean): void {
    if (this.#fed === present) return;
    this.#fed = present;
    this.#toPeripherals({ kind: "feeders", present });
  }

  #putPeripheral(output: SimPeripheralOutput): void {
    const over =
      (output.kind === "terminal" && !output.active) || (output.kind === "intercom" && output.state === "ended");
    if (over) this.#standing.delete(output.kind);
    else this.#standing.set(output.kind, output);
    this.#put(output);
  }

  #takePeripheral(input: Exclude<SimPeripheralInput, { kind: "feeders" }>): void {
    const done =
      (input.kind === "terminal" && input.result !== "declined") ||
      (input.kind === "ticket" && input.result !== "presented");
    if (done) this.#standing.delete(input.kind);
    this.#toPeripherals(input);
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
}

function joined<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => set.delete(member);
}
