import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { IoInput, IoOutput, LoopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";

/** How often the world says that its inputs still hold; well within `fresh_ms` of the bench's lanes. */
const ALIVE_EVERY_MS = 200;

type Unstamped = IoInput extends infer One ? (One extends { t: string } ? Omit<One, "t"> : never) : never;

/** Vehicles and barriers around the lanes, on the agent's input/output socket. */
export interface LaneWorld {
  arrive(lane: string): void;
  /** Resolves with the guard's own time, in ns, of switching the lane's `up` relay on next. */
  raised(lane: string): Promise<bigint>;
  /** From now on the arms move, and the vehicles with them. */
  driveThrough(): void;
  close(): void;
}

export async function connectWorld(path: string, lanes: readonly string[]): Promise<LaneWorld> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return new SimulatedWorld(socket, lanes);
}

class SimulatedWorld implements LaneWorld {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (t: bigint) => void>();
  readonly #alive: NodeJS.Timeout;
  /** Lanes whose arm was told to go up and has not moved yet. */
  #raised: string[] = [];

  constructor(socket: Socket, lanes: readonly string[]) {
    this.#socket = socket;
    createInterface({ input: socket }).on("line", (line) => this.#take(JSON.parse(line) as IoOutput));
    for (const lane of lanes) this.#quiet(lane);
    this.#alive = setInterval(() => this.#tell({ kind: "alive" }), ALIVE_EVERY_MS);
  }

  arrive(lane: string): void {
    this.#loop(lane, "arming", "occupied");
  }

  raised(lane: string): Promise<bigint> {
    return new Promise((resolve) => this.#waiting.set(lane, resolve));
  }

  driveThrough(): void {
    for (const lane of this.#raised) {
      this.#limits(lane, { down: false, up: true });
      this.#loop(lane, "safety", "occupied");
      this.#loop(lane, "arming", "clear");
      this.#loop(lane, "closing", "occupied");
      setTimeout(() => {
        this.#loop(lane, "safety", "clear");
        this.#loop(lane, "closing", "clear");
      }, ALIVE_EVERY_MS);
    }
    this.#raised = [];
  }

  close(): void {
    clearInterval(this.#alive);
    this.#socket.destroy();
  }

  #take(output: IoOutput): void {
    if (output.kind !== "relay" || !output.on) return;
    const { lane, name, t } = output;
    if (name === "down") return this.#limits(lane, { up: false, down: true });
    this.#raised.push(lane);
    this.#waiting.get(lane)?.(BigInt(t));
    this.#waiting.delete(lane);
  }

  #quiet(lane: string): void {
    for (const name of ["arming", "safety", "closing"] as const) this.#loop(lane, name, "clear");
    for (const name of ["photo_eye", "fire"] as const) this.#tell({ kind: "contact", lane, name, signal: "closed" });
    this.#limits(lane, { up: false, down: true });
  }

  #limits(lane: string, active: { readonly up: boolean; readonly down: boolean }): void {
    for (const name of ["up", "down"] as const) this.#tell({ kind: "limit", lane, name, active: active[name] });
  }

  #loop(lane: string, name: LoopName, signal: "occupied" | "clear"): void {
    this.#tell({ kind: "loop", lane, name, signal });
  }

  #tell(input: Unstamped): void {
    this.#socket.write(`${JSON.stringify({ ...input, t: String(process.hrtime.bigint()) })}\n`);
  }
}
