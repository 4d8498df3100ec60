import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, later, type MonoMs, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { ArmTravel } from "../devices/arm.ts";
import { loopOccupied } from "../devices/lane-geometry.ts";
import { PaymentTerminal } from "../devices/payment-terminal.ts";
import { showsRefusal } from "./display-keys.ts";
import { arriving, type Driver, drive, type LaneSight } from "./driver.ts";
import type { LaneFaults } from "./lane-faults.ts";
import { LaneHardware, type LaneInput } from "./lane-hardware.ts";
import type { VisitPlan } from "./population.ts";
import { arrivingWith, type Ticketed, TicketHand } from "./ticket-hand.ts";
import type { TruthLog, Visit, VisitOutcome } from "./truth.ts";

export interface LaneWorldOptions {
  readonly lotId: Uuid;
  readonly laneId: Uuid;
  readonly direction: Direction;
  readonly clock: Clock;
  readonly random: Random;
  readonly travel: ArmTravel;
  /** How much faster than people the drivers act and drive. */
  readonly pace: () => number;
  readonly faults: LaneFaults;
  /** The operator at the lot charges the driver here for a lost ticket; null when nobody answers calls. */
  readonly chargeLostTicket: (() => Promise<boolean>) | null;
  readonly truth: TruthLog;
  readonly tell: (input: LaneInput) => void;
  /** The camera takes a picture; `look` counts from 0 for each vehicle. */
  readonly look: (plan: VisitPlan, look: number) => void;
  readonly left: (plan: VisitPlan, end: VisitEnd) => void;
}

export interface VisitEnd {
  readonly outcome: VisitOutcome;
  readonly at: WallMs;
  /** The ticket in the driver's hand. */
  readonly ticket: string | null;
}

interface Queued {
  readonly plan: VisitPlan;
  readonly ticket: string | null;
}

interface Occupant {
  readonly plan: VisitPlan;
  readonly ticketed: Ticketed;
  driver: Driver;
  readonly frontLooks: { count: number; nextAt: MonoMs | null };
  arrived: { readonly wall: WallMs; readonly mono: MonoMs } | null;
  readonly paid: Visit["paid"];
}

/** From the arming loop to the picture, and between pictures of a vehicle that waits. */
const FIRST_LOOK_MS = 200;
const NEXT_LOOK_MS = 3_000;
const FASTEST_NEXT_LOOK_MS = 900;
/** Distance kept to the vehicle before. */
const GAP_M = 0.8;
/**
 * A light that has been green for so long is not for one vehicle: the lane is held open, and drivers come one after the
 * other. Longer than an agent takes to find out that a vehicle has gone back.
 */
const HELD_OPEN_AFTER_MS = 15_000;

/** One lane: who is in it, what they do, and what the agent's outputs move. Time goes on by `tick` alone. */
export class LaneWorld {
  readonly #options: LaneWorldOptions;
  readonly #hardware: LaneHardware;
  readonly #terminal: PaymentTerminal;
  readonly #hand: TicketHand;
  #now: MonoMs;
  #queue: Queued[] = [];
  #occupants: Occupant[] = [];
  #display: { readonly refused: boolean; readonly at: MonoMs };
  #agentHere = false;
  /** Null while the light is red. */
  #greenSince: MonoMs | null = null;
  #struck = new Set<string>();

  constructor(options: LaneWorldOptions) {
    this.#options = options;
    this.#now = options.clock.mono();
    this.#display = { refused: false, at: this.#now };
    this.#hardware = new LaneHardware({ travel: options.travel, now: this.#now, tell: options.tell });
    const { clock, random, pace, faults, direction, chargeLostTicket, tell } = options;
    const { declined, misread, runsOut } = faults;
    this.#terminal = new PaymentTerminal({
      clock,
      random,
      pace,
      declined,
      tell,
      paid: ({ money, method, reference }) =>
        this.#occupants[0]?.paid.push({
          amount_minor: money.amountMinor,
          currency: money.currency,
          method,
          reference,
          at: clock.wall(),
        }),
    });
    const holder = () => this.#ticketDriver();
    this.#hand = new TicketHand({ direction, clock, random, pace, misread, runsOut, tell, holder, chargeLostTicket });
  }

  get waiting(): number {
    return this.#queue.length + this.#occupants.length;
  }

  /** Who stands in the lane, so far that the agent knows of him. */
  get arrived(): readonly VisitPlan[] {
    return this.#occupants.filter(({ arrived }) => arrived !== null).map(({ plan }) => plan);
  }

  /** A vehicle joins the queue before the lane, its driver with the ticket that he has. */
  enqueue(plan: VisitPlan, ticket: string | null): void {
    this.#queue.push({ plan, ticket });
  }

  /** Every input as it stands, for an agent that has just connected. */
  agentCame(): readonly LaneInput[] {
    this.#agentHere = true;
    return [...this.#hardware.inputs(), ...this.#hand.inputs()];
  }

  agentWent(): void {
    this.#agentHere = false;
    this.#greenSince = null;
    this.#hardware.loseAgent();
    this.#terminal.reset();
    this.#hand.agentWent();
  }

  output(output: Exclude<IoOutput, { kind: "welcome" | "rejected" }>): void {
    switch (output.kind) {
      case "relay":
        return this.#hardware.switchRelay(output.name, output.on);
      case "light":
        this.#greenSince = output.green ? (this.#greenSince ?? this.#now) : null;
        return this.#hardware.setLight(output.green);
      case "test":
        return this.#hardware.test(output.name, output.on);
      case "display":
        this.#display = { refused: showsRefusal(output.key), at: this.#now };
        return;
      case "terminal":
        return this.#terminal.request(output);
      case "ticket":
      case "intercom":
        return this.#hand.output(output);
    }
  }

  /** Lets `elapsedMs` pass in the lane. */
  tick(elapsedMs: number): void {
    this.#now = later(this.#now, elapsedMs);
    this.#letIn();
    for (const [index, occupant] of this.#occupants.entries())
      this.#drive(occupant, this.#occupants[index - 1], elapsedMs);
    const bodies = this.#occupants.map(({ driver }) => driver);
    this.#hardware.sense(this.#now, bodies);
    this.#judge();
    this.#takePictures();
    this.#actByHand();
    this.#letOut();
  }

  #letIn(): void {
    const next = this.#queue[0];
    if (!next || !this.#mayComeIn(next.plan)) return;
    this.#queue.shift();
    const { plan, ticket } = next;
    const temper = this.#options.direction === "entry" ? plan.entry : plan.exit;
    this.#occupants.push({
      plan,
      ticketed: arrivingWith(ticket),
      driver: arriving(temper, plan.vehicle.lengthM),
      frontLooks: { count: 0, nextAt: null },
      arrived: null,
      paid: [],
    });
  }

  /** Drivers don't pull up while the light is green for somebody else, except those who mean to slip through. */
  #mayComeIn(next: VisitPlan): boolean {
    const leader = this.#occupants.at(-1);
    if (leader) {
      const follows = this.#options.direction === "entry" && next.entry.tailgates;
      return follows && leader.driver.phase.name === "passing";
    }
    return this.#greenSince === null || this.#now - this.#greenSince > HELD_OPEN_AFTER_MS;
  }

  #drive(occupant: Occupant, leader: Occupant | undefined, elapsedMs: number): void {
    const step = { now: this.#now, elapsedMs, pace: this.#options.pace() };
    const moved = drive(occupant.driver, this.#sight(occupant, leader), step);
    const limitM = leader ? leader.driver.frontM - leader.driver.lengthM - GAP_M : Number.POSITIVE_INFINITY;
    const blocked = moved.frontM > limitM && moved.frontM > occupant.driver.frontM;
    occupant.driver = blocked ? { ...moved, frontM: Math.max(occupant.driver.frontM, limitM) } : moved;
    if (occupant.arrived === null && loopOccupied("arming", [occupant.driver])) {
      occupant.arrived = { wall: this.#options.clock.wall(), mono: this.#now };
      occupant.frontLooks.nextAt = later(this.#now, FIRST_LOOK_MS / step.pace);
    }
  }

  #sight(occupant: Occupant, leader: Occupant | undefined): LaneSight {
    const shownToHim = occupant.arrived !== null && this.#display.at >= occupant.arrived.mono;
    return {
      green: this.#hardware.green,
      armUp: this.#hardware.armUp,
      refused: shownToHim && this.#display.refused,
      dark: !this.#agentHere,
      noWayBack: this.#options.direction === "exit",
      following: leader !== undefined,
    };
  }

  #judge(): void {
    const bodies = this.#occupants.map(({ driver, plan }) => ({ ...driver, plan }));
    for (const { plan } of this.#hardware.struck(bodies)) {
      if (this.#struck.has(plan.vehicle.id)) continue;
      this.#struck.add(plan.vehicle.id);
      const { lotId, laneId, truth, clock } = this.#options;
      const { id, plate } = plan.vehicle;
      const height = Number(this.#hardware.height.toFixed(3));
      truth.add({
        kind: "closed_on_vehicle",
        stay: id,
        plate,
        lot_id: lotId,
        lane_id: laneId,
        height,
        at: clock.wall(),
      });
    }
  }

  #takePictures(): void {
    for (const { plan, driver, frontLooks } of this.#occupants) {
      const standsBefore = driver.phase.name === "approaching" || driver.phase.name === "waiting";
      if (!standsBefore || frontLooks.nextAt === null || this.#now < frontLooks.nextAt) continue;
      this.#options.look(plan, frontLooks.count);
      frontLooks.count += 1;
      frontLooks.nextAt = later(this.#now, Math.max(FASTEST_NEXT_LOOK_MS, NEXT_LOOK_MS / this.#options.pace()));
    }
  }

  #actByHand(): void {
    const stands = this.#occupants[0]?.driver.phase.name === "waiting" && this.#agentHere && !this.#hardware.green;
    this.#hand.act(this.#now, { stands, asked: this.#terminal.asks });
  }

  /** The driver before the column, when he is one who takes tickets. */
  #ticketDriver() {
    const first = this.#occupants[0];
    return first?.plan.vehicle.kind === "ticket" ? { ticketed: first.ticketed, habits: first.plan.habits } : null;
  }

  #letOut(): void {
    const gone = this.#occupants.filter(
      ({ driver }) => driver.phase.name === "through" || driver.phase.name === "backed_out",
    );
    if (gone.length === 0) return;
    this.#occupants = this.#occupants.filter((occupant) => !gone.includes(occupant));
    for (const occupant of gone) this.#record(occupant);
  }

  #record({ plan, driver, arrived, paid, ticketed }: Occupant): void {
    const { lotId, laneId, direction, clock, truth, left } = this.#options;
    const endedAt = clock.wall();
    const outcome = outcomeOf(driver);
    this.#terminal.reset();
    truth.add({
      kind: "visit",
      stay: plan.vehicle.id,
      vehicle: plan.vehicle.kind,
      plate: plan.vehicle.plate,
      ticket: ticketed.code,
      spoilt_tickets: ticketed.spoilt,
      lot_id: lotId,
      lane_id: laneId,
      direction,
      outcome,
      arrived_at: arrived?.wall ?? endedAt,
      ended_at: endedAt,
      paid,
    });
    left(plan, { outcome, at: endedAt, ticket: ticketed.code });
  }
}

function outcomeOf({ phase }: Driver): VisitOutcome {
  if (phase.name === "backed_out") return phase.cause;
  return phase.name === "through" && phase.slipped ? "tailgated" : "passed";
}
