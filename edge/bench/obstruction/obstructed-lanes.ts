import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { IoInput, IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { createLaneSystem, type LaneSystem } from "../../src/lane/lane-system.ts";
import type { DecisionLot } from "../edge-decision/decision-lot.ts";

/** The product's own freshness and hold times, but short pulses, so that an arm is down on its way again soon. */
const TIMINGS = { pulse_ms: 250, clear_hold_ms: 200, close_delay_ms: 0, travel_max_ms: 30_000 };
/** More cycles than any motor bears: these arms are made of nothing. */
const PROTECTION = { cycles_an_hour: 3_600 };
const ALIVE_EVERY_MS = 25;
/** From the relay that lowers to the obstruction: anywhere within the pulse. */
const OBSTRUCT_AFTER_MS = { least: 20, most: 200 };
/** The arm's way back to its limit, ms. */
const BACK_UP_MS = 20;

type Unstamped = IoInput extends infer One ? (One extends { t: string } ? Omit<One, "t"> : never) : never;

/** Lanes whose arm comes down again and again, onto something each time. */
export interface ObstructedLanes {
  /** The next `count` times from the line with the obstruction to the relay that is off, ms. */
  measure(count: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

export async function openObstructedLanes(lot: DecisionLot, count: number): Promise<ObstructedLanes> {
  const lanes = Array.from({ length: count }, (_, at) => ({ id: lot.newId(), code: `in-${at + 1}` }));
  const path = join(lot.directory, "io.sock");
  const wiring = { driver: "sim" };
  const full = lanes.map((one) => ({ ...one, direction: "entry", wiring, timings: TIMINGS, protection: PROTECTION }));
  const operator_id = lot.newId();
  const site = siteSchema.parse({
    lot_id: lot.lotId,
    operator_id,
    code: "bench",
    name: "Bench",
    time_zone: "UTC",
    lanes: full,
  });
  const { desk, clock, newId, log, store } = lot;
  const system = createLaneSystem({
    site,
    desk,
    journal: store.journal,
    clock,
    newId,
    log,
    ioListen: { path },
    report: async () => {},
  });
  await system.run();
  const world = await Obstructions.connect(path, system, lanes);
  return {
    measure: (wanted) => world.measure(wanted),
    close: async () => {
      world.close();
      await system.stop();
    },
  };
}

interface Lane {
  readonly id: string;
  readonly code: string;
}

class Obstructions {
  readonly #socket: Socket;
  readonly #system: LaneSystem;
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly #alive: NodeJS.Timeout;
  /** When the line with the obstruction was written, ns, by lane. */
  readonly #obstructed = new Map<string, bigint>();
  #times: number[] = [];
  #enough: { readonly count: number; readonly tell: (times: readonly number[]) => void } | null = null;
  #closed = false;

  static async connect(path: string, system: LaneSystem, lanes: readonly Lane[]): Promise<Obstructions> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Obstructions(socket, system, lanes);
  }

  private constructor(socket: Socket, system: LaneSystem, lanes: readonly Lane[]) {
    this.#socket = socket;
    this.#system = system;
    this.#lanes = new Map(lanes.map((lane) => [lane.code, lane]));
    createInterface({ input: socket }).on("line", (line) => this.#take(JSON.parse(line) as IoOutput));
    for (const { code } of lanes) this.#quiet(code);
    this.#alive = setInterval(() => this.#tell({ kind: "alive" }), ALIVE_EVERY_MS);
    for (const lane of lanes) this.#raise(lane);
  }

  measure(count: number): Promise<readonly number[]> {
    this.#times = [];
    return new Promise((tell) => {
      this.#enough = { count, tell };
    });
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#alive);
    this.#socket.destroy();
  }

  #take(output: IoOutput): void {
    if (output.kind !== "relay") return;
    const { lane, name, on, t } = output;
    if (name === "down" && on) {
      this.#limits(lane, { up: false, down: false });
      setTimeout(() => this.#obstruct(lane), between(OBSTRUCT_AFTER_MS));
    } else if (name === "down") this.#stopped(lane, BigInt(t));
    else if (on) setTimeout(() => this.#arrive(lane), BACK_UP_MS);
  }

  #obstruct(lane: string): void {
    if (this.#closed) return;
    this.#obstructed.set(lane, process.hrtime.bigint());
    this.#tell({ kind: "loop", lane, name: "safety", signal: "occupied" });
  }

  #stopped(lane: string, t: bigint): void {
    const began = this.#obstructed.get(lane);
    if (began === undefined) return;
    this.#obstructed.delete(lane);
    this.#times.push(Number(t - began) / 1e6);
    if (this.#enough === null || this.#times.length < this.#enough.count) return;
    this.#enough.tell(this.#times);
    this.#enough = null;
  }

  /** The arm is up again and the way is free; the count of reversals is taken back, so that it comes down once more. */
  #arrive(code: string): void {
    if (this.#closed) return;
    this.#limits(code, { up: true, down: false });
    this.#tell({ kind: "loop", lane: code, name: "safety", signal: "clear" });
    const lane = this.#lanes.get(code);
    if (lane) void this.#command(lane, "reset");
  }

  #raise(lane: Lane): void {
    void this.#command(lane, "hold").then(() => this.#command(lane, "automatic"));
  }

  #command(lane: Lane, action: "hold" | "automatic" | "reset"): Promise<unknown> {
    const by = { actor: "bench", reason: "bench", commandId: null, origin: "local" } as const;
    return this.#system.command({ laneId: lane.id, action, ...by });
  }

  #quiet(lane: string): void {
    for (const name of ["arming", "safety", "closing"] as const)
      this.#tell({ kind: "loop", lane, name, signal: "clear" });
    for (const name of ["photo_eye", "fire"] as const) this.#tell({ kind: "contact", lane, name, signal: "closed" });
    this.#limits(lane, { up: false, down: true });
  }

  #limits(lane: string, active: { readonly up: boolean; readonly down: boolean }): void {
    for (const name of ["up", "down"] as const) this.#tell({ kind: "limit", lane, name, active: active[name] });
  }

  #tell(input: Unstamped): void {
    this.#socket.write(`${JSON.stringify({ ...input, t: String(process.hrtime.bigint()) })}\n`);
  }
}

function between({ least, most }: { readonly least: number; readonly most: number }): number {
  return least + Math.random() * (most - least);
}
