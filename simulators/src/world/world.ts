import type { Simulation } from "@gatehouse/shared/contracts/http/operations.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { runAll, type Service, stopAll } from "@gatehouse/shared/kit/lifecycle.ts";
import { postToAgent } from "../devices/agent-post.ts";
import { gateDesk } from "../devices/gate-desk.ts";
import { AgentLine, type AgentLineOptions } from "./agent-line.ts";
import type { WorldConfig, WorldLot } from "./config.ts";
import { type LinkMode, LinkProxy } from "./link-proxy.ts";
import { LotWorld, type WorldDials } from "./lot-world.ts";
import { pastOf } from "./past.ts";
import type { Vehicle } from "./population.ts";
import { randomFor } from "./seeds.ts";
import type { TruthLog, TruthRecord } from "./truth.ts";

export interface WorldOptions {
  readonly config: WorldConfig;
  readonly clock: Clock;
  readonly wallRate: number;
  readonly truth: TruthLog;
  /** Truth records of earlier runs. */
  readonly past: readonly TruthRecord[];
  readonly log: AgentLineOptions["log"];
}

interface RunningLot {
  readonly lotId: string;
  readonly world: LotWorld;
  readonly line: AgentLine;
  readonly proxies: readonly LinkProxy[];
  mode: LinkMode;
}

/** The physical world goes on in steps of this; loops and drivers need no finer one. */
const TICK_MS = 20;
/** A machine that stood still lets the world stand still too: no vehicle jumps over a loop. */
const MAX_STEP_MS = 60;

/** All simulated lots of a process. */
export class World implements Service {
  readonly name = "world";
  readonly #options: WorldOptions;
  readonly #lots: readonly RunningLot[];
  #dials: WorldDials;
  #timer: Timer | null = null;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { traffic, pace } = options.config;
    this.#dials = { traffic, pace, everyoneLeaves: false };
    this.#lots = options.config.lots.map((lot) => this.#build(lot));
  }

  /** Resolves when all proxies listen. Rejects when a port is taken; nothing runs then. */
  async run(): Promise<void> {
    await runAll(this.#lots.flatMap(({ proxies, line }) => [...proxies, line]));
    const { clock } = this.#options;
    let last = clock.mono();
    this.#timer = clock.every(TICK_MS, () => {
      const now = clock.mono();
      for (const { world } of this.#lots) world.tick(Math.min(MAX_STEP_MS, now - last));
      last = now;
    });
  }

  drain(): Promise<void> {
    this.turn({ everyoneLeaves: true });
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await stopAll(this.#lots.flatMap(({ proxies, line }) => [...proxies, line]));
    for (const { world } of this.#lots) world.end();
  }

  get dials(): WorldDials {
    return this.#dials;
  }

  turn(change: Partial<WorldDials>): void {
    this.#dials = { ...this.#dials, ...change };
  }

  simulation(): Simulation {
    const lots = this.#lots.map(({ lotId, mode, world }) => ({
      lot_id: lotId,
      link: mode.link,
      vehicles_inside: world.vehiclesInside,
    }));
    return { lots, wall_rate: this.#options.wallRate };
  }

  /** How many vehicles have come and how many are in lanes, queues or spots now. */
  counts(): readonly { readonly lotId: string; readonly arrivals: number; readonly around: number }[] {
    return this.#lots.map(({ lotId, world }) => ({ lotId, arrivals: world.arrivals, around: world.vehiclesAround }));
  }

  /** Where a lot's agent finds the hub, in the order of its config. */
  ports(): readonly { readonly lotId: string; readonly listenPorts: readonly number[] }[] {
    return this.#lots.map(({ lotId, proxies }) => ({ lotId, listenPorts: proxies.map((proxy) => proxy.listenPort) }));
  }

  /** Cuts or mends a lot's links. False when there is no such lot. */
  setLink(lotId: string, mode: LinkMode): boolean {
    const lot = this.#lots.find((one) => one.lotId === lotId);
    if (!lot) return false;
    if (lot.mode.link !== mode.link) {
      this.#options.truth.add({ kind: "link", lot_id: lotId, link: mode.link, at: this.#options.clock.wall() });
    }
    lot.mode = mode;
    for (const proxy of lot.proxies) proxy.set(mode);
    return true;
  }

  /** Sends a vehicle to a lot. False when there is no such lot. */
  inject(lotId: string, vehicle: Vehicle, stayMs: number): boolean {
    const lot = this.#lots.find((one) => one.lotId === lotId);
    lot?.world.inject(vehicle, stayMs);
    return lot !== undefined;
  }

  #build(lot: WorldLot): RunningLot {
    const { config, clock, truth, past, log } = this.#options;
    const world: LotWorld = new LotWorld({
      lot,
      world: config,
      clock,
      truth,
      past: pastOf(lot.site.lot_id, lot.site.code, past),
      dials: () => this.#dials,
      tell: (input) => line.tell(input),
      postFor: (camera) => postToAgent(lot.agent_url, camera),
      chargeLostTicket: lot.gate_socket === null ? null : gateDesk(lot.gate_socket),
    });
    const line: AgentLine = new AgentLine({
      path: lot.io_socket,
      clock,
      log,
      random: randomFor(config.seed, lot.site.lot_id, "line"),
      onOutput: (output) => world.output(output),
      onDown: () => world.agentWent(),
    });
    const proxies = lot.proxies.map((port) => new LinkProxy(port));
    return { lotId: lot.site.lot_id, world, line, proxies, mode: { link: "up" } };
  }
}
