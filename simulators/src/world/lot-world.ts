import { isPushed, type PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, later, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { randomInt } from "@gatehouse/shared/kit/random.ts";
import { CERTAIN_EYE, GOOD_EYE } from "../devices/camera-eye.ts";
import type { ChargeLostTicket } from "../devices/gate-desk.ts";
import { LprCamera, type PostMessage } from "../devices/lpr-camera.ts";
import type { UnstampedInput } from "./agent-line.ts";
import { nextArrival } from "./arrivals.ts";
import type { WorldConfig, WorldLot } from "./config.ts";
import { FAULTS, NO_FAULTS } from "./lane-faults.ts";
import { LaneWorld, type VisitEnd } from "./lane-world.ts";
import type { LotPast, Remembered } from "./past.ts";
import { PlateRegister } from "./plates.ts";
import { drawVisit, type Vehicle, type VisitPlan } from "./population.ts";
import { randomFor } from "./seeds.ts";
import type { TruthLog } from "./truth.ts";

/** What is turned while the world runs. */
export interface WorldDials {
  readonly traffic: number;
  readonly pace: number;
  /** Nobody comes any more, and all who are inside leave. */
  readonly everyoneLeaves: boolean;
}

export interface LotWorldOptions {
  readonly lot: WorldLot;
  readonly world: Pick<WorldConfig, "seed" | "faults">;
  readonly clock: Clock;
  readonly truth: TruthLog;
  /** What earlier runs of this world left behind. */
  readonly past: LotPast;
  readonly dials: () => WorldDials;
  readonly tell: (input: UnstampedInput) => void;
  readonly postFor: (camera: PushedCamera) => PostMessage;
  /** The operator at the lot; null when nobody answers calls. */
  readonly chargeLostTicket: ChargeLostTicket | null;
}

interface Parked {
  readonly plan: VisitPlan;
  readonly ticket: string | null;
  readonly leavesAt: WallMs;
}

/** Vehicles before all entries together; who comes then drives on. */
const MAX_QUEUE_PER_LANE = 6;
/** Arrivals made up in one tick, after the machine has slept. */
const MAX_ARRIVALS_PER_TICK = 20;
/** Who changed his mind at the exit comes back after this. */
const SECOND_THOUGHTS_MS = 10 * 60_000;

/** One lot: who comes, which lane they take, how long they stay, and the wire to the agent. */
export class LotWorld {
  readonly #options: LotWorldOptions;
  readonly #lanes: readonly { readonly key: { name: string }; readonly site: SiteLane; readonly world: LaneWorld }[];
  readonly #register = new PlateRegister();
  #parked: Parked[] = [];
  #around = new Set<string>();
  #arrivals = 0;
  #nextAt: WallMs;
  #awaySince: WallMs | null;

  constructor(options: LotWorldOptions) {
    this.#options = options;
    this.#lanes = options.lot.site.lanes.map((site) => this.#buildLane(site));
    const { permit_plates, blocked_plates } = options.lot.population;
    for (const plate of [...permit_plates, ...blocked_plates]) this.#register.claim(plate);
    this.#arrivals = options.past.arrivals;
    this.#recall(options.past);
    this.#awaySince = options.clock.wall();
    this.#nextAt = this.#arrivalAfter(options.clock.wall());
  }

  get vehiclesInside(): number {
    return this.#parked.length + this.#sum("exit");
  }

  /** Vehicles that are neither gone nor parked for good: the world is empty when this is 0. */
  get vehiclesAround(): number {
    return this.#parked.length + this.#sum("exit") + this.#sum("entry");
  }

  get arrivals(): number {
    return this.#arrivals;
  }

  /** A message from the agent. */
  output(output: IoOutput): void {
    if (output.kind === "welcome") return this.#agentCame(output.lanes);
    if (output.kind === "rejected") return;
    this.#lanes.find(({ key }) => key.name === output.lane)?.world.output(output);
  }

  agentWent(): void {
    this.#awaySince = this.#options.clock.wall();
    for (const { world } of this.#lanes) world.agentWent();
  }

  tick(elapsedMs: number): void {
    const now = this.#options.clock.wall();
    this.#arrive(now);
    this.#depart(now);
    for (const { world } of this.#lanes) world.tick(elapsedMs);
  }

  /** A vehicle of somebody's choice comes now. */
  inject(vehicle: Vehicle, stayMs: number): void {
    const random = randomFor(this.#options.world.seed, this.#options.lot.site.lot_id, "visit", vehicle.id);
    const drawn = drawVisit(
      vehicle.id,
      { ...this.#options.lot.population, backs_out: 0, tailgates: 0 },
      this.#register,
      random,
    );
    this.#join("entry", { ...drawn, vehicle, stayMs }, null);
  }

  /** The end of the world: takes down who stood in an entry, and how long the agent has been away. */
  end(): void {
    const { truth, lot, clock } = this.#options;
    this.#agentBack();
    for (const { site, world } of this.#lanes) {
      if (site.direction === "exit") continue;
      for (const { vehicle } of world.arrived) {
        const { id: stay, kind, plate } = vehicle;
        const where = { lot_id: lot.site.lot_id, lane_id: site.id };
        truth.add({ kind: "interrupted", stay, vehicle: kind, plate, ...where, at: clock.wall() });
      }
    }
  }

  #recall({ inside, atEntries }: LotPast): void {
    for (const one of inside) {
      const plan = this.#recallPlan(one);
      const ticket = plan.habits.losesIt ? null : one.ticket;
      this.#parked.push({ plan, ticket, leavesAt: later(one.enteredAt, plan.stayMs) });
      if (one.plate !== null) this.#around.add(one.plate);
    }
    for (const one of atEntries) this.#join("entry", this.#recallPlan(one), null);
  }

  /** The same temper and stay as in the run before, since both come from the vehicle's own number. */
  #recallPlan({ stay, kind, plate }: Remembered): VisitPlan {
    const { world, lot } = this.#options;
    if (plate !== null) this.#register.claim(plate);
    const random = randomFor(world.seed, lot.site.lot_id, "visit", stay);
    const plan = drawVisit(stay, lot.population, new PlateRegister(), random);
    return { ...plan, vehicle: { ...plan.vehicle, kind, plate } };
  }

  #agentCame(names: readonly string[]): void {
    this.#agentBack();
    for (const { key, site, world } of this.#lanes) {
      key.name = names.includes(site.id) ? site.id : site.code;
      for (const input of world.agentCame()) this.#options.tell({ ...input, lane: key.name });
    }
  }

  #agentBack(): void {
    if (this.#awaySince === null) return;
    const { truth, lot, clock } = this.#options;
    truth.add({ kind: "agent_away", lot_id: lot.site.lot_id, from: this.#awaySince, to: clock.wall() });
    this.#awaySince = null;
  }

  #arrive(now: WallMs): void {
    const { max_arrivals: most, site } = this.#options.lot;
    if (this.#options.dials().everyoneLeaves) return;
    for (let made = 0; now >= this.#nextAt && made < MAX_ARRIVALS_PER_TICK; made++) {
      if (most !== null && this.#arrivals >= most) return;
      const id = `${site.code}-${++this.#arrivals}`;
      const random = randomFor(this.#options.world.seed, site.lot_id, "visit", id);
      this.#join("entry", drawVisit(id, this.#options.lot.population, this.#register, random), null);
      this.#nextAt = this.#arrivalAfter(this.#nextAt);
    }
    if (now >= this.#nextAt) this.#nextAt = this.#arrivalAfter(now);
  }

  #arrivalAfter(previous: WallMs): WallMs {
    const { lot, world, dials } = this.#options;
    const random = randomFor(world.seed, lot.site.lot_id, "arrival", this.#arrivals);
    const rate = { perHour: lot.arrivals_per_hour, dayProfile: lot.day_profile, timeZone: lot.site.time_zone };
    return nextArrival(previous, rate, dials().traffic, random);
  }

  #depart(now: WallMs): void {
    const all = this.#options.dials().everyoneLeaves;
    const leaving = this.#parked.filter(({ leavesAt }) => all || now >= leavesAt);
    if (leaving.length === 0) return;
    this.#parked = this.#parked.filter((one) => !leaving.includes(one));
    for (const { plan, ticket } of leaving) this.#join("exit", plan, ticket);
  }

  /** The lane with the shortest queue; an entry whose queues are too long, or whose plate is here already, is passed by. */
  #join(direction: Direction, plan: VisitPlan, ticket: string | null): void {
    const lanes = this.#lanes.filter(({ site }) => leads(site, direction) && serves(site, direction, plan.vehicle));
    const shortest = lanes.toSorted((left, right) => left.world.waiting - right.world.waiting)[0]?.world;
    const { plate, id } = plan.vehicle;
    const isHere = direction === "entry" && plate !== null && this.#around.has(plate);
    const isTooLong = direction === "entry" && (shortest?.waiting ?? 0) >= MAX_QUEUE_PER_LANE;
    if (!shortest || isHere || isTooLong) {
      const { truth, lot, clock } = this.#options;
      return truth.add({ kind: "drove_past", lot_id: lot.site.lot_id, stay: id, at: clock.wall() });
    }
    if (plate !== null) this.#around.add(plate);
    shortest.enqueue(plan, ticket);
  }

  #left(direction: Direction, plan: VisitPlan, end: VisitEnd): void {
    const passed = end.outcome === "passed" || end.outcome === "tailgated";
    if (direction === "entry" && passed) {
      const ticket = plan.habits.losesIt ? null : end.ticket;
      this.#parked.push({ plan, ticket, leavesAt: later(end.at, plan.stayMs) });
    } else if (direction === "exit" && !passed) {
      const resolved = { ...plan, exit: { ...plan.exit, backsOut: false } };
      this.#parked.push({ plan: resolved, ticket: end.ticket, leavesAt: later(end.at, SECOND_THOUGHTS_MS) });
    } else if (plan.vehicle.plate !== null) this.#around.delete(plan.vehicle.plate);
  }

  #sum(direction: Direction): number {
    return this.#lanes
      .filter(({ site }) => site.direction === direction)
      .reduce((sum, { world }) => sum + world.waiting, 0);
  }

  #buildLane(site: SiteLane) {
    const { lot, world, clock, truth, dials, tell, postFor, chargeLostTicket } = this.#options;
    const randomOf = (...path: string[]) => randomFor(world.seed, lot.site.lot_id, site.id, ...path);
    const [fastestMs, slowestMs] = lot.arm_travel_ms;
    const travelRandom = randomOf("arm");
    const key = { name: site.code };
    const direction: Direction = site.direction === "exit" ? "exit" : "entry";
    const eye = world.faults ? GOOD_EYE : CERTAIN_EYE;
    const cameras = site.cameras
      .filter(isPushed)
      .map(
        (camera) => new LprCamera({ camera, clock, eye, random: randomOf("camera", camera.id), post: postFor(camera) }),
      );
    const laneWorld = new LaneWorld({
      lotId: lot.site.lot_id,
      laneId: site.id,
      direction,
      clock,
      random: randomOf("terminal"),
      travel: {
        raiseMs: randomInt(travelRandom, fastestMs, slowestMs),
        lowerMs: randomInt(travelRandom, fastestMs, slowestMs),
      },
      pace: () => dials().pace,
      faults: world.faults ? FAULTS : NO_FAULTS,
      chargeLostTicket: chargeLostTicket && (() => chargeLostTicket(site.code)),
      truth,
      tell: (input) => tell({ ...input, lane: key.name }),
      look: (plan, nth) => {
        for (const camera of cameras) camera.see(plan.vehicle.plate, { nth, leaving: false });
      },
      left: (plan, end) => this.#left(direction, plan, end),
    });
    return { key, site, world: laneWorld };
  }
}

function leads(site: SiteLane, direction: Direction): boolean {
  return site.direction === direction || site.direction === "reversible";
}

/** Who needs a ticket goes where one is printed. */
function serves(site: SiteLane, direction: Direction, { kind }: Vehicle): boolean {
  return kind !== "ticket" || direction === "exit" || site.peripherals.printer !== undefined;
}
