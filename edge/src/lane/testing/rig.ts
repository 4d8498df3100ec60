import { installedInputs, type Protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { lane as laneSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { LaneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import {
  type ContactName,
  type ContactSignal,
  contactName,
  type LoopName,
  type LoopSignal,
  type TestedName,
} from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Direction, LaneDirection } from "@gatehouse/shared/contracts/primitives.ts";
import { monoMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { type SimInput, SimLane, type SimOutput } from "../../drivers/sim/sim-lane.ts";
import { GuardLoop } from "../../guard/guard-loop.ts";
import type { DeviceCommand, DeviceReport } from "../../guard/messages.ts";
import type { KeptPayments } from "../../peripherals/lane-payments.ts";
import type { LanePeripherals } from "../../peripherals/lane-peripherals.ts";
import { openPeripherals } from "../../peripherals/open-peripherals.ts";
import { DebtLedger } from "../debt-ledger.ts";
import type { LaneAction, LaneCommandAnswer, OfferAnswer, OfferedCredential } from "../lane-control.ts";
import type { LaneReport, ReportLane } from "../lane-report.ts";
import { LaneRunner } from "../lane-runner.ts";
import type { FailPolicy, KeptLane } from "../machine-types.ts";
import { ArmModel } from "./arm-model.ts";
import { Judge } from "./judge.ts";
import { RelayBoard } from "./relay-board.ts";
import { MemoryJournal, ScriptedDesk } from "./scripted-desk.ts";

export const NOTHING_KEPT: KeptLane = { direction: "entry", fire: false, maintenance: null };
export const LANE_ID = "00000000-0000-7000-8000-000000000001";
/** Payments without a run before, and without one after. */
const KEEPS_NOTHING: KeptPayments = {
  keep: () => null,
  approve: () => {},
  drop: () => {},
  find: () => null,
  left: () => [],
  isUnclear: () => false,
  setUnclear: () => {},
};
const STEP_MS = 5;
const ALIVE_MS = 25;
/** Default of `fresh_ms`, and one step of this rig. */
const FRESH_MS = 100 + STEP_MS;

export type PeripheralLine =
  | { readonly kind: "press"; readonly name: "ticket" | "help" }
  | { readonly kind: "scan"; readonly medium: "qr" | "ticket" | "card" | "pin"; readonly code: string }
  | { readonly kind: "printer"; readonly state: "ready" | "paper_out" | "jammed" }
  | { readonly kind: "ticket"; readonly job_id: string; readonly result: "presented" | "taken" | "failed" };

export interface RigOptions {
  readonly direction?: LaneDirection;
  readonly timings?: Partial<LaneTimings>;
  readonly protection?: Partial<Protection>;
  /** Under maintenance lock from the start. */
  readonly locked?: boolean;
  readonly fail?: FailPolicy;
  readonly fallbackFile?: string;
  /** Further keys of the lane's part of the site file. */
  readonly site?: Record<string, unknown>;
  /** What the lane kept from an earlier run, and where it keeps things now. */
  readonly kept?: KeptLane;
  readonly keep?: (lane: KeptLane) => Promise<void>;
  /** What takes reports in the place of `told`. */
  readonly report?: ReportLane;
}

/** One lane as it runs, guard and machine and simulated devices, on a clock that the test moves; only the store is scripted. */
export class Rig {
  readonly clock = new ManualClock({ wall: wallMs(1_800_000_000_000), mono: monoMs(5_000) });
  readonly desk = new ScriptedDesk();
  readonly journal = new MemoryJournal();
  readonly arm = new ArmModel();
  readonly judge = new Judge();
  readonly outputs: { readonly at: number; readonly output: SimOutput }[] = [];
  readonly alarms: string[] = [];
  readonly reports: DeviceReport[] = [];
  /** What the cloud hears of the lane beside movements. */
  readonly told: LaneReport[] = [];
  readonly ledger: DebtLedger;
  readonly runner: LaneRunner;
  readonly board: RelayBoard;
  readonly #sim: SimLane;
  readonly #guard: GuardLoop;
  readonly #peripherals: LanePeripherals;
  readonly #messages: (() => void)[] = [];
  readonly #inputs = new Map<string, string | boolean>();
  readonly #installed: ReturnType<typeof installedInputs>;
  /** Devices that don't answer their test input. */
  readonly deaf = new Set<TestedName>();
  #lock = false;
  #fed = true;
  #limits = { up: false, down: false };
  #silentFrom: { readonly at: number; readonly clear: boolean } = { at: 0, clear: false };

  constructor({
    direction = "entry",
    timings = {},
    protection = {},
    locked = false,
    fail = { entry: "closed", exit: "open" },
    fallbackFile,
    site = {},
    kept = NOTHING_KEPT,
    keep = async () => {},
    report = async (one) => void this.told.push(one),
  }: RigOptions = {}) {
    const { clock, desk, journal } = this;
    const config = { id: LANE_ID, code: "lane-1", direction, wiring: { driver: "sim" }, timings, protection, ...site };
    const lane = laneSchema.parse(config);
    const log = { info: () => {}, warn: () => {}, error: (fields: object) => this.alarms.push(JSON.stringify(fields)) };
    let ids = 0;
    const newId = (): string => `untold-${++ids}`;
    const inFlight = (key: string): boolean => this.runner.isInFlight(key);
    this.ledger = new DebtLedger({ desk, report, newId, clock, log, file: fallbackFile ?? null, inFlight });
    this.#sim = new SimLane({
      name: "lane-1",
      clock,
      write: (output) => this.#take(output),
    });
    this.board = new RelayBoard(this.#sim.barrier);
    this.runner = new LaneRunner({
      lane,
      boot: "boot",
      kept: direction === "reversible" ? kept : { ...kept, direction },
      keep,
      clock,
      desk,
      journal,
      log,
      ledger: this.ledger,
      report,
      failPolicy: () => fail,
      send: (command: DeviceCommand) => this.#messages.push(() => this.#guard.command(LANE_ID, command)),
      sendPeripheral: (command) => this.#messages.push(() => this.#peripherals.command(command)),
      changed: () => {},
    });
    this.#peripherals = openPeripherals({
      site: { lot_id: "00000000-0000-7000-8000-0000000000aa", name: "Lot", time_zone: "Europe/Berlin" },
      lane,
      clock,
      simTunnel: this.#sim.tunnel,
      report: (one) => this.#messages.push(() => this.runner.peripheral(one)),
      offer: (credential) => this.runner.offer(credential),
      payments: { kept: KEEPS_NOTHING, book: () => {}, unclear: () => {} },
    });
    this.#sim.feeding(true);
    const heard = (_: string, one: DeviceReport): void => {
      this.reports.push(one);
      if (one.kind === "maintenance") this.#lock = one.on;
      this.#messages.push(() => this.runner.report(one));
    };
    const guardLane = { ...lane, driver: "sim", locked, fire: kept.fire } as const;
    this.#lock = locked;
    this.#installed = installedInputs(lane.protection);
    const { loops, contacts, light, test } = this.#sim;
    const devices = { barrier: this.board.port, loops, contacts, light, test, sampledAt: () => this.#sim.sampledAt() };
    this.#guard = new GuardLoop({
      lanes: [{ lane: guardLane, devices }],
      clock,
      watchdog: null,
      report: heard,
    });
    clock.every(50, () => this.runner.tick());
    clock.every(ALIVE_MS, () => this.fed && this.#sim.holds());
  }

  get fed(): boolean {
    return this.#fed;
  }

  set fed(fed: boolean) {
    this.#fed = fed;
    this.#sim.feeding(fed);
  }

  /** A rig whose lane has seen clear inputs for a second. */
  static async ready(options: RigOptions = {}): Promise<Rig> {
    const rig = new Rig(options);
    rig.tellAll();
    await rig.run(1_000);
    return rig;
  }

  tellAll(): void {
    for (const name of this.#installed.loops) this.loop(name, "clear");
    for (const name of this.#installed.contacts) this.contact(name, "closed");
    this.#tellLimits();
  }

  loop(name: LoopName, signal: LoopSignal): void {
    this.#inputs.set(name, signal);
    this.#look();
    if (this.fed) this.#sim.take({ kind: "loop", t: "0", lane: "lane-1", name, signal });
  }

  contact(name: ContactName, signal: ContactSignal): void {
    this.#inputs.set(name, signal);
    this.#look();
    if (this.fed) this.#sim.take({ kind: "contact", t: "0", lane: "lane-1", name, signal });
  }

  /** A limit switch says what is not so, until the arm next comes to a limit or leaves one. */
  limit(name: "up" | "down", active: boolean): void {
    this.#sim.take({ kind: "limit", t: "0", lane: "lane-1", name, active });
  }

  pay(requestId: string, result: "approved" | "declined" | "cancelled"): void {
    const method = "credit_card";
    this.#sim.take({
      kind: "terminal",
      t: "0",
      lane: "lane-1",
      request_id: requestId,
      result,
      reference: "R1",
      method,
    });
  }

  /** What a peripheral of the lane says; `t` and `lane` are added. */
  tellPeripheral(line: PeripheralLine): void {
    this.#sim.take({ ...line, t: "0", lane: "lane-1" } as SimInput);
  }

  /** The client that feeds the inputs goes away. */
  cutFeed(): void {
    this.fed = false;
    this.#inputs.set("limits", false);
    this.#silentFrom = { at: this.clock.mono(), clear: false };
    this.#look();
    this.#sim.lost();
  }

  /** It goes silent without going away. */
  silence(): void {
    if (this.fed) this.#silentFrom = { at: this.clock.mono(), clear: this.#isClear() };
    this.fed = false;
  }

  restoreFeed(): void {
    this.fed = true;
    for (const [name, signal] of this.#inputs) {
      if (name === "limits") continue;
      if (contactName.safeParse(name).success) this.contact(name as ContactName, signal as ContactSignal);
      else this.loop(name as LoopName, signal as LoopSignal);
    }
    this.#tellLimits();
  }

  offer(value: string, direction: Direction | null = null): OfferAnswer {
    const credential: OfferedCredential = { laneId: LANE_ID, kind: "plate", value, read: null, direction };
    return this.runner.offer(credential);
  }

  command(action: LaneAction, origin: "local" | "remote" = "local"): Promise<LaneCommandAnswer> {
    return this.runner.command({ laneId: LANE_ID, action, actor: "uid:1000", reason: "test", commandId: null, origin });
  }

  /** Sends a command straight to the guard, as a lane machine with a fault would. */
  guard(command: DeviceCommand): void {
    this.#guard.command(LANE_ID, command);
  }

  /** Ends the guard as a stop of the agent does. */
  async stop(): Promise<void> {
    await this.#guard.rest();
    this.#guard.shutDown();
  }

  /** Lets time pass in steps of 5 ms: arm, timers, messages between the threads, and promises of the store. */
  async run(ms: number): Promise<void> {
    for (let done = 0; done < ms; done += STEP_MS) {
      this.clock.advance(STEP_MS);
      this.arm.move(STEP_MS);
      this.#tellLimits();
      await this.settle();
      this.#look();
    }
  }

  /** Delivers what is on its way, without time passing. */
  async settle(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      for (const deliver of this.#messages.splice(0)) deliver();
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
  }

  /** Drives the vehicle on the arming loop through the lane. */
  async driveThrough(): Promise<void> {
    this.loop("safety", "occupied");
    await this.run(300);
    this.loop("arming", "clear");
    await this.run(100);
    this.loop("closing", "occupied");
    await this.run(300);
    this.loop("safety", "clear");
    await this.run(300);
    this.loop("closing", "clear");
    await this.run(200);
  }

  /** Arms the lane and offers a plate. */
  async arrive(plate: string): Promise<void> {
    this.loop("arming", "occupied");
    this.offer(plate);
    await this.run(20);
  }

  get state(): string {
    return this.runner.snapshot().state;
  }

  get mode(): string {
    return this.runner.snapshot().mode;
  }

  relays(name: "up" | "down"): number[] {
    return this.outputs.flatMap(({ at, output }) =>
      output.kind === "relay" && output.name === name && output.on ? [at] : [],
    );
  }

  #take(output: SimOutput): void {
    this.outputs.push({ at: this.clock.mono(), output });
    if (output.kind === "test" && !this.deaf.has(output.name))
      this.#messages.push(() => this.contact(output.name, output.on ? "open" : "closed"));
    if (output.kind !== "relay") return;
    this.judge.relay(output, this.clock.mono());
    this.arm.switch(output.name, output.on);
  }

  #look(): void {
    const fire = this.fed && this.#inputs.has("fire") && this.#inputs.get("fire") !== "closed";
    this.judge.look({ clear: this.#knowablyClear(), fire, powerless: this.#powerless() }, this.arm, this.clock.mono());
  }

  #powerless(): boolean {
    if (this.#lock || this.board.state !== "works") return true;
    const selects = this.#installed.contacts.includes("outputs_enabled");
    return selects && !(this.fed && this.#inputs.get("outputs_enabled") === "closed");
  }

  #isClear(): boolean {
    const on = (name: string): boolean => this.#inputs.get(name) === "clear" || this.#inputs.get(name) === "closed";
    const edges = ["safety_b", "photo_eye_b", "safety_edge"].filter((name) => this.#inputs.has(name));
    return ["safety", "photo_eye", "fire", ...edges].every(on);
  }

  /** What nobody tells can be known only when the last sample is too old (SAFE-03). */
  #knowablyClear(): boolean {
    if (this.fed) return this.#isClear();
    return this.#silentFrom.clear && this.clock.mono() - this.#silentFrom.at <= FRESH_MS;
  }

  #tellLimits(): void {
    const { up, down } = this.arm.limits;
    const known = this.#inputs.get("limits") === true;
    if (!this.fed) {
      this.#inputs.set("limits", false);
      return;
    }
    if (!known || up !== this.#limits.up)
      this.#sim.take({ kind: "limit", t: "0", lane: "lane-1", name: "up", active: up });
    if (!known || down !== this.#limits.down)
      this.#sim.take({ kind: "limit", t: "0", lane: "lane-1", name: "down", active: down });
    this.#limits = { up, down };
    this.#inputs.set("limits", true);
  }
}
