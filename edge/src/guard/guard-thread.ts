import { Worker } from "node:worker_threads";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { SimPeripheralInput, SimTunnel } from "../drivers/sim/sim-tunnel.ts";
import type { ButtonName } from "../ports/reader/reader-port.ts";
import type { LaneSignals } from "./lane-signals.ts";
import type { DeviceCommand, DeviceReport, FromGuard, GuardLink, GuardSetup, ToGuard } from "./messages.ts";

/** sysexits(3), EX_SOFTWARE: the supervisor restarts the agent, and the relays start off. */
export const GUARD_LOST_EXIT_CODE = 70;

export interface GuardThreadOptions {
  readonly setup: GuardSetup;
  /** The guard died by itself. The process must end; its lanes can't be driven any more. */
  readonly onLost: (message: string) => void;
  /** A board came (`why` null) or went, with the sentence for the technician. */
  readonly onBoard?: (board: string, why: string | null) => void;
}

/** The main thread's hold on the guard thread. */
export class GuardThread implements GuardLink {
  readonly #options: GuardThreadOptions;
  #worker: Worker | null = null;
  #listener: (laneId: Uuid, report: DeviceReport) => void = () => {};
  readonly #signals = new Map<Uuid, LaneSignals>();
  #onSignals = (): void => {};
  #onPress: (laneId: Uuid, button: ButtonName) => void = () => {};
  readonly #tunnels = new Map<Uuid, (input: SimPeripheralInput) => void>();
  #lastError = "it ended without a word";
  #stopping = false;
  listening: string | null = null;

  constructor(options: GuardThreadOptions) {
    this.#options = options;
  }

  /** Resolves when the drivers work. Rejects with `GatehouseError` of the driver's code when they can't start. */
  start(): Promise<void> {
    const worker = new Worker(new URL("./guard-worker.ts", import.meta.url), {
      workerData: this.#options.setup,
      name: "guard",
    });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on("message", (message: FromGuard) => {
        if (message.kind === "lane") return this.#listener(message.laneId, message.report);
        if (message.kind === "signals") {
          this.#signals.set(message.laneId, message.signals);
          return this.#onSignals();
        }
        if (message.kind === "board") return this.#options.onBoard?.(message.board, message.why);
        if (message.kind === "press") return this.#onPress(message.laneId, message.button);
        if (message.kind === "sim_input") return this.#tunnels.get(message.laneId)?.(message.input);
        if (message.kind === "ready") {
          this.listening = message.listening;
          resolve();
        } else if (message.kind === "failed") {
          this.#stopping = true;
          reject(new GatehouseError(message.code, message.message));
        }
      });
      worker.on("error", (error: Error) => {
        this.#lastError = error.stack ?? error.message;
        reject(new GatehouseError("guard_failed", `The guard thread can't start: ${error.message}`, { cause: error }));
      });
      worker.on("exit", () => this.#ended());
    });
  }

  send(laneId: Uuid, command: DeviceCommand): void {
    this.#post({ kind: "lane", laneId, command });
  }

  onReport(listener: (laneId: Uuid, report: DeviceReport) => void): void {
    this.#listener = listener;
  }

  /** Calls back for each press of a push button that is wired to a board. */
  onPress(listener: (laneId: Uuid, button: ButtonName) => void): void {
    this.#onPress = listener;
  }

  /** Calls back after each change of a lane's signals. */
  onSignals(listener: () => void): void {
    this.#onSignals = listener;
  }

  /** A lane's inputs and relays as the guard told them last; null before it did. */
  signals(laneId: Uuid): LaneSignals | null {
    return this.#signals.get(laneId) ?? null;
  }

  simTunnel(laneId: Uuid): SimTunnel {
    return {
      put: (output) => this.#post({ kind: "sim_output", laneId, output }),
      onInput: (listener) => this.#tunnels.set(laneId, listener),
    };
  }

  /** Sees every arm that comes down to its end, turns all outputs off and ends the thread. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#stopping = true;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.#post({ kind: "stop" });
    await ended;
  }

  #post(message: ToGuard): void {
    this.#worker?.postMessage(message);
  }

  #ended(): void {
    this.#worker = null;
    if (!this.#stopping) this.#options.onLost(`The guard thread of the lanes is gone: ${this.#lastError}`);
  }
}
