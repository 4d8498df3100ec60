import { join } from "node:path";
import type { DeviceProfiles } from "@gatehouse/shared/contracts/config/profiles/device-profiles.ts";
import type { Site, SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import { type Clock, later, sleep, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { DecisionDesk } from "../decision/decision-desk.ts";
import { GUARD_LOST_EXIT_CODE, GuardThread } from "../guard/guard-thread.ts";
import type { DeviceCommand, GuardSetup, IoListen } from "../guard/messages.ts";
import { processMono } from "../guard/process-clock.ts";
import type { PeripheralHealth } from "../peripherals/health.ts";
import type { LanePeripherals } from "../peripherals/lane-peripherals.ts";
import { openPeripherals } from "../peripherals/open-peripherals.ts";
import type { DeviceHealth } from "../ports/device-health.ts";
import type { Journal } from "../store/journal.ts";
import { AskedPayments } from "./asked-payments.ts";
import { DebtLedger } from "./debt-ledger.ts";
import { KeptDoubts } from "./kept-doubts.ts";
import { KeptFile } from "./kept-file.ts";
import type {
  LaneCommand,
  LaneCommandAnswer,
  LaneControl,
  LaneSnapshot,
  OfferAnswer,
  OfferedCredential,
} from "./lane-control.ts";
import type { LaneLog } from "./lane-log.ts";
import { ownDirection } from "./lane-policy.ts";
import type { ReportLane } from "./lane-report.ts";
import { type LaneInspection, LaneRunner } from "./lane-runner.ts";
import type { FailPolicy, KeptLane } from "./machine-types.ts";
import { crossingOff, PaymentBooks } from "./payment-books.ts";
import { Pins } from "./pins.ts";

export interface LaneSystemOptions {
  readonly site: Site;
  readonly desk: DecisionDesk;
  readonly journal: Journal;
  readonly report: ReportLane;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: LaneLog;
  /** Where simulated devices are offered; null when no lane is simulated. */
  readonly ioListen: IoListen | null;
  /** Profiles that the site's boards name; a lot of simulated lanes needs none. */
  readonly profiles?: Pick<DeviceProfiles, "relay_board">;
  /** What the guard feeds; see guard/messages.ts. */
  readonly watchdog?: NonNullable<GuardSetup["watchdog"]>;
  /** Directory of the debts' append-only file; without it they are kept in memory only. */
  readonly fallbackDir?: string;
  /** File of maintenance locks, latched fire and doubted inputs; without it they end with the process. */
  readonly keptFile?: string;
  /** The boot of the computer, by its kernel; without it a power loss between two runs is not seen (SAFE-15). */
  readonly computerBoot?: string | null;
  /** The lot's policy as of now; asked at every step, so it must be quick. Without it: entries closed, exits open. */
  readonly failPolicy?: () => FailPolicy;
  /** Ends the process after the guard died; its own supervisor starts the agent anew. */
  readonly exit?: (code: number) => void;
}

/** All lanes of one lot. `address` is where the simulated devices are offered, once it runs. */
export interface LaneSystem extends LaneControl, Service {
  readonly address: string | null;
  /** How each peripheral of each lane is, for whoever looks after them. */
  peripheralHealth(): readonly PeripheralHealth[];
  /** How each of the lot's boards is that lanes use and that has been asked so far. */
  boards(): readonly (DeviceHealth & { readonly id: string; readonly driver: string })[];
  /** A lane as it is inside; null when the lot has no such lane. */
  inspect(laneId: Uuid): LaneInspection | null;
}

/** How often time is looked at on the main thread, ms; what moves the arm has its own loop in the guard. */
const LANE_TICK_MS = 50;
/** Longest wait for passages in hand when draining, ms. */
const DRAIN_MAX_MS = 5_000;
const SAFEST: FailPolicy = { entry: "closed", exit: "open" };

/** Builds the lanes; what they kept from the last run is read here, before anything can move. */
export function createLaneSystem(options: LaneSystemOptions): LaneSystem {
  return new RunningLanes(options);
}

class RunningLanes implements LaneSystem {
  readonly name = "lanes";
  readonly #options: LaneSystemOptions;
  readonly #guard: GuardThread;
  readonly #ledger: DebtLedger;
  readonly #kept: KeptFile;
  readonly #doubts: KeptDoubts;
  readonly #desk: DecisionDesk;
  readonly #pins: Pins;
  readonly #asked: AskedPayments;
  readonly #payments: PaymentBooks;
  readonly #lanes: ReadonlyMap<Uuid, LaneRunner>;
  readonly #peripherals: ReadonlyMap<Uuid, LanePeripherals>;
  readonly #listeners = new Set<() => void>();
  readonly #boards = new Map<string, DeviceHealth>();
  #timer: Timer | null = null;
  #draining = false;

  constructor(options: LaneSystemOptions) {
    this.#options = options;
    const { site, desk, clock, log, fallbackDir, newId, ioListen, report } = options;
    const boot = newId();
    this.#kept = KeptFile.read(options.keptFile ?? null);
    this.#tellUnreadable();
    this.#doubts = new KeptDoubts({
      file: this.#kept,
      lanes: site.lanes,
      boot: options.computerBoot ?? null,
      failed: (error) => log.error({ message: errorMessage(error) }, "Doubts about inputs could not be written"),
    });
    const lanes = site.lanes.map((lane) => {
      const doubted = this.#doubts.of(lane.id);
      const { id, code, wiring, timings, protection } = lane;
      const { maintenance, fire } = this.#keptOf(lane);
      const hasFire = wiring.driver === "sim" || wiring.contacts.fire !== "none";
      const locked = maintenance !== null;
      return { id, code, driver: wiring.driver, timings, protection, hasFire, locked, fire, doubted };
    });
    const wired = site.lanes.map(({ id, code, wiring }) => ({ id, code, wiring }));
    const devices = { boards: site.boards, lanes: wired, profiles: options.profiles ?? { relay_board: {} } };
    this.#guard = new GuardThread({
      setup: { boot, lanes, devices, ioListen, ...(options.watchdog && { watchdog: options.watchdog }) },
      onLost: (message) => this.#guardLost(message),
      onBoard: (board, why) => this.#boardChanged(board, why),
    });
    this.#guard.onReport((laneId, report) => {
      this.#doubts.report(laneId, report);
      this.#lanes.get(laneId)?.report(report);
    });
    this.#guard.onPress((laneId, name) => this.#lanes.get(laneId)?.peripheral({ kind: "button", name }));
    this.#guard.onSignals(() => this.#changed());
    this.#asked = new AskedPayments(fallbackDir ?? null, log);
    this.#pins = new Pins({ clock, newId, log, report });
    this.#desk = crossingOff(this.#pins.judging(desk), this.#asked, (payment, why) =>
      this.#payments.refused(payment, why),
    );
    const file = fallbackDir === undefined ? null : join(fallbackDir, "fail-open.ndjson");
    const inFlight = (key: string): boolean => [...this.#lanes.values()].some((lane) => lane.isInFlight(key));
    this.#ledger = new DebtLedger({ desk: this.#desk, report, newId, clock, log, file, inFlight });
    this.#payments = new PaymentBooks({ journal: options.journal, report, ledger: this.#ledger, log });
    this.#lanes = new Map(site.lanes.map((lane) => [lane.id, this.#runner(lane, boot)]));
    this.#peripherals = new Map(site.lanes.map((lane) => [lane.id, this.#openPeripherals(lane)]));
  }

  get address(): string | null {
    return this.#guard.listening;
  }

  async run(): Promise<void> {
    await this.#ledger.run();
    await this.#asked.run();
    for (const peripherals of this.#peripherals.values()) peripherals.settle();
    await this.#doubts.start();
    await this.#guard.start();
    this.#timer = this.#options.clock.every(LANE_TICK_MS, () => {
      for (const lane of this.#lanes.values()) lane.tick();
    });
  }

  async drain(): Promise<void> {
    this.#draining = true;
    const { clock } = this.#options;
    const until = later(clock.mono(), DRAIN_MAX_MS);
    while (clock.mono() < until && [...this.#lanes.values()].some((lane) => !lane.idle))
      await sleep(clock, LANE_TICK_MS);
  }

  async stop(): Promise<void> {
    this.#draining = true;
    this.#timer?.cancel();
    // Arms to their ends and outputs off, before anything that may hang or fail.
    await this.#guard.stop();
    await Promise.allSettled([...this.#peripherals.values()].map((peripherals) => peripherals.stop()));
    await this.#ledger.stop();
    await this.#asked.stop();
  }

  offer(credential: OfferedCredential): OfferAnswer {
    const lane = this.#lanes.get(credential.laneId);
    if (!lane) return "unknown_lane";
    return this.#draining ? "lane_not_ready" : lane.offer(this.#pins.named(credential));
  }

  command(command: LaneCommand): Promise<LaneCommandAnswer> {
    const lane = this.#lanes.get(command.laneId);
    if (lane) return lane.command(command);
    return Promise.resolve({ ok: false, refusal: "unknown_lane", message: "This lot has no such lane." });
  }

  snapshot(): readonly LaneSnapshot[] {
    return [...this.#lanes.values()].map((lane) => lane.snapshot());
  }

  inspect(laneId: Uuid): LaneInspection | null {
    const lane = this.#lanes.get(laneId);
    return lane ? { ...lane.inspect(), signals: this.#guard.signals(laneId) } : null;
  }

  peripheralHealth(): readonly PeripheralHealth[] {
    return [...this.#peripherals.values()].flatMap((lane) => lane.health());
  }

  boards(): readonly (DeviceHealth & { readonly id: string; readonly driver: string })[] {
    return this.#options.site.boards.flatMap(({ id, driver }) => {
      const health = this.#boards.get(id);
      return health ? [{ id, driver, ...health }] : [];
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #runner(lane: SiteLane, boot: Uuid): LaneRunner {
    const { clock, journal, report, log, failPolicy } = this.#options;
    return new LaneRunner({
      lane,
      kept: this.#keptOf(lane),
      keep: (kept) => this.#kept.set(lane.id, kept),
      boot,
      clock,
      desk: this.#desk,
      journal,
      log,
      ledger: this.#ledger,
      report,
      failPolicy: failPolicy ?? (() => SAFEST),
      send: (command) => this.#guard.send(lane.id, this.#onGuardTime(command)),
      sendPeripheral: (command) => this.#peripherals.get(lane.id)?.command(command),
      changed: () => this.#changed(),
    });
  }

  #openPeripherals(lane: SiteLane): LanePeripherals {
    const { site, clock } = this.#options;
    return openPeripherals({
      site,
      lane,
      clock,
      simTunnel: this.#guard.simTunnel(lane.id),
      report: (report) => this.#lanes.get(lane.id)?.peripheral(report),
      offer: (credential) => this.offer(credential),
      payments: {
        kept: this.#asked,
        book: (payment) => this.#payments.book(payment),
        unclear: (asked, why) => this.#payments.unclear(asked, why),
      },
    });
  }

  #keptOf(lane: SiteLane): KeptLane {
    const own = ownDirection(lane);
    const kept = this.#kept.of(lane.id, own);
    return lane.direction === "reversible" ? kept : { ...kept, direction: own };
  }

  #tellUnreadable(): void {
    const { unreadable } = this.#kept;
    if (unreadable === null) return;
    this.#options.log.error(
      { message: unreadable },
      "The lanes' locks can't be read: every lane is locked for maintenance",
    );
  }

  /** The guard counts on the process's clock, the lanes on the one they were given. */
  #onGuardTime(command: DeviceCommand): DeviceCommand {
    if (command.kind !== "open") return command;
    return { ...command, notAfter: later(processMono(), command.notAfter - this.#options.clock.mono()) };
  }

  #boardChanged(board: string, why: string | null): void {
    const { log, clock } = this.#options;
    const before = this.#boards.get(board)?.lastFault ?? null;
    const fault = why === null ? before : { code: "not_connected", message: why, at: clock.wall() };
    this.#boards.set(board, { connected: why === null, detail: null, lastFault: fault });
    if (why === null) log.info({ board }, `Board ${board} answers; its outputs are off and its inputs read.`);
    else log.warn({ board }, `Board ${board}: ${why}.`);
  }

  #guardLost(message: string): void {
    this.#options.log.error({ exitCode: GUARD_LOST_EXIT_CODE }, `${message}. The relays are off and the agent ends.`);
    (this.#options.exit ?? process.exit)(GUARD_LOST_EXIT_CODE);
  }
}
