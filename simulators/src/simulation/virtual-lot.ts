import { type Clock, monoMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import { pick, type Random } from "@gatehouse/shared/kit/random.ts";
import { CommandWatch } from "./command-rules.ts";
import { beforeAnswer, LedgerRules } from "./ledger-rules.ts";
import { LotReplica } from "./lot-replica.ts";
import { MemoryCommands } from "./memory-commands.ts";
import { MemoryStream, type Stop } from "./memory-ledger.ts";
import { StreamWatch, type Verdicts } from "./sync-rules.ts";
import { KEEP_MS, VirtualEdge, type VirtualEdgeOptions } from "./virtual-edge.ts";
import type { ReplicaWatcher } from "./virtual-replica.ts";

/** Cars an hour and lane, by hour of the day. */
const BY_NIGHT = 0.2;
const BY_DAY = 6;
const DAY_BEGINS = 6;
const DAY_ENDS = 21;
/** Mean time between changes of what the gates decide by. */
const CHANGE_EVERY_MS = HOUR_MS;
/** How long a dead agent stays away before its supervisor starts it. */
const RESTART_MS = 3_000;

/** Part of the vehicles at which a decision's view of the replica is judged. */
const LOOKED_AT = 0.25;
/** Life of a command, as the cloud's service gives it. */
const COMMAND_LIFE_MS = 10_000;
const NONCE_BYTES = 16;

/** The time in which the edge still deletes what a cloud confirmed before it was set back, and room. */
const BACKUP_MAX_MS = KEEP_MS - 2 * HOUR_MS;

type EdgeSetup = Omit<
  VirtualEdgeOptions,
  "lotId" | "deviceId" | "laneId" | "onWritten" | "onDied" | "onActing" | "replicaWatch"
>;

/** Nobody judges a clone's replica. */
const UNWATCHED: ReplicaWatcher = {
  onStarted: () => undefined,
  onInForce: () => undefined,
  onAnswer: () => undefined,
};

export interface VirtualLotOptions {
  readonly setup: EdgeSetup;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly verdicts: Verdicts;
  readonly lanes: number;
  readonly name: string;
  readonly onReplicaChanged: (lotId: Uuid) => void;
}

type CardCopy = ReturnType<VirtualEdge["copyCard"]>;

/** One lot: its edge, what the cloud holds of it, its traffic, and the watch over both. */
export class VirtualLot {
  readonly deviceId: Uuid;
  readonly edge: VirtualEdge;
  readonly stream = new MemoryStream();
  readonly commands = new MemoryCommands();
  readonly commandWatch: CommandWatch;
  readonly replica: LotReplica;
  readonly watch: StreamWatch;
  /** The stream as the hub uses it: each answer is judged. */
  readonly judgedStream: Pick<MemoryStream, "answerHello" | "ingest">;
  clone: VirtualEdge | null = null;
  cloudBackup: ReturnType<MemoryStream["backup"]>;
  #commandBackup: ReturnType<MemoryCommands["backup"]>;
  #replicaBackup: ReturnType<LotReplica["backup"]>;
  #backedUpAt: number;
  cardCopy: CardCopy;
  /** The supervisor does not start the agent while this is set. */
  isOff = false;
  deadLetters = 0;
  /** Why the stream stood when it was last looked at. */
  seenStop: Stop | null = null;
  readonly #rules: LedgerRules;
  readonly #options: VirtualLotOptions;
  readonly #laneIds: readonly Uuid[];
  readonly lotId: Uuid;

  constructor(options: VirtualLotOptions) {
    const { newId, verdicts, name, lanes } = options;
    this.#options = options;
    this.deviceId = newId();
    this.lotId = newId();
    this.#laneIds = Array.from({ length: lanes }, newId);
    this.watch = new StreamWatch(verdicts, name);
    this.commandWatch = new CommandWatch(verdicts, name);
    this.#rules = new LedgerRules(verdicts, name);
    this.replica = new LotReplica({
      random: options.random,
      verdicts,
      name,
      lotId: this.lotId,
      laneId: this.#openLane(),
      now: () => options.clock.mono(),
    });
    this.judgedStream = {
      answerHello: (hello) => {
        const before = beforeAnswer(this.stream);
        const answer = this.stream.answerHello(hello);
        this.#rules.greeted(before, hello, answer);
        return answer;
      },
      ingest: (batches) => {
        const before = beforeAnswer(this.stream);
        const answer = this.stream.ingest(batches);
        this.#rules.ingested(before, batches, answer);
        return answer;
      },
    };
    this.edge = this.#newEdge((line, isPoison) => this.watch.written(line, isPoison), this.replica.watcher);
    this.stream.onRow = (row) => {
      if (row.isPoison) this.deadLetters++;
      this.watch.row(row);
    };
    this.cloudBackup = this.stream.backup();
    this.#commandBackup = this.commands.backup();
    this.#replicaBackup = this.replica.backup();
    this.#backedUpAt = options.clock.wall();
    this.cardCopy = this.edge.copyCard();
  }

  start(): void {
    this.edge.start();
    this.#waitForCar();
    this.#waitForChange();
  }

  /** The cloud's database is backed up. */
  backUpCloud(): void {
    this.cloudBackup = this.stream.backup();
    this.#commandBackup = this.commands.backup();
    this.#replicaBackup = this.replica.backup();
    this.#backedUpAt = this.#options.clock.wall();
  }

  /** An operator asks for the lane to be opened; the hub is not told of it yet. */
  askOpen(): Uuid {
    const { newId, random, clock } = this.#options;
    const id = newId();
    const nonce = Buffer.from(random.bytes(NONCE_BYTES)).toString("base64url");
    const issuedAt = new Date(clock.wall());
    const notAfter = new Date(clock.wall() + COMMAND_LIFE_MS);
    this.commands.ask({ id, device_id: this.deviceId, lane_id: this.#openLane(), nonce, issuedAt, notAfter });
    return id;
  }

  /** The hub sends a command. */
  commandSent(payload: string): void {
    const notAfterOf = (id: Uuid): number => this.commands.find(id)?.not_after.getTime() ?? 0;
    this.commandWatch.sent(payload, { now: this.#options.clock.wall(), notAfterOf });
  }

  /** Another computer starts with a copy of this one's card. */
  startClone(): void {
    this.clone = this.#newEdge(() => undefined, UNWATCHED);
    this.clone.setBackCard(this.edge.copyCard());
    this.clone.start();
    for (let i = 0; i < 3; i++) this.clone.write(this.#movement());
  }

  /** What the operator does for a device that stands; true when there was something to do. */
  help(): boolean {
    const stop = this.stream.stop();
    const isOfOldEpoch = this.edge.outbox.head().epoch < this.stream.position().epoch;
    if (stop === null && !isOfOldEpoch && this.edge.linkState() !== "degraded") return false;
    if (stop === "clone" || stop === null) this.enrol();
    else this.stream.beginEpoch("release");
    this.watch.committed(this.stream);
    return true;
  }

  /** The cloud comes back as of its backup, which has to be younger than the keep window to be of use (SYNC-06). */
  restoreCloud(): void {
    if (this.#options.clock.wall() - this.#backedUpAt > BACKUP_MAX_MS) return;
    this.watch.restored(this.stream.restore(this.cloudBackup), this.stream);
    this.commands.restore(this.#commandBackup);
    this.replica.restore(this.#replicaBackup);
    const { last, ended } = this.stream.boots();
    this.#rules.restored(last, ended);
  }

  /** A new certificate, and with it a new epoch; it shuts a clone out. */
  enrol(): void {
    this.#rules.enrolled();
    this.clone?.kill();
    this.clone = null;
    this.edge.epoch = this.stream.beginEpoch("enrolment");
    this.watch.committed(this.stream);
    this.edge.kill();
    if (!this.isOff && !this.edge.isRunning) this.edge.start();
  }

  /** Events of one car, written by the agent. */
  writeCar(): void {
    const replica = this.edge.replica();
    if (replica !== null && this.#options.random.next() < LOOKED_AT) this.replica.decide(replica);
    this.edge.write(this.#movement());
  }

  /** True when the cloud has confirmed all up to number `n` of the edge's epoch. */
  isConfirmed(n: number): boolean {
    return this.edge.outbox.head().confirmedN >= n;
  }

  writePoison(): void {
    this.edge.write({ type: "of.a.later.build", movement_id: this.#options.newId() }, true);
  }

  /** The version in force at the edge is the cloud's present one, and the edge has heard so within `ageMaxMs`. */
  hasPresentReplica(ageMaxMs: number): boolean {
    const replica = this.edge.replica();
    if (replica === null || !this.replica.watch.isPresent(replica.status())) return false;
    const age = replica.ageMs();
    return age !== null && age <= ageMaxMs;
  }

  isEqual(): boolean {
    const { epoch, lastN, lastHash, confirmedN } = this.edge.outbox.head();
    const { epoch: cloudEpoch, cursor, hash } = this.stream.position();
    const isSame = lastN === 0 ? cursor === 0 : epoch === cloudEpoch && hash === lastHash;
    return isSame && confirmedN === lastN && this.watch.missing() === 0;
  }

  backlog(): number {
    const { lastN, confirmedN } = this.edge.outbox.head();
    return lastN - confirmedN;
  }

  #openLane(): Uuid {
    const [laneId = this.lotId] = this.#laneIds;
    return laneId;
  }

  #newEdge(onWritten: VirtualEdgeOptions["onWritten"], replicaWatch: ReplicaWatcher): VirtualEdge {
    const { setup, clock } = this.#options;
    const edge: VirtualEdge = new VirtualEdge({
      ...setup,
      lotId: this.lotId,
      deviceId: this.deviceId,
      laneId: this.#openLane(),
      onWritten,
      replicaWatch,
      onActing: (id, epoch) => this.commandWatch.acting(id, { epoch, now: clock.wall() }),
      onDied: () => {
        setup.network.reset(this.deviceId);
        clock.after(RESTART_MS, () => {
          if (!this.isOff && edge === this.edge && !edge.isRunning) edge.start();
        });
      },
    });
    return edge;
  }

  #waitForCar(): void {
    const { random, clock, lanes } = this.#options;
    const waitMs = (-Math.log(1 - random.next()) * HOUR_MS) / (BY_DAY * lanes);
    clock.after(waitMs, () => {
      const hour = Math.floor((clock.mono() % DAY_MS) / HOUR_MS);
      const isDay = hour >= DAY_BEGINS && hour < DAY_ENDS;
      if (isDay || random.next() < BY_NIGHT / BY_DAY) this.writeCar();
      this.#waitForCar();
    });
  }

  #waitForChange(): void {
    const { random, clock, onReplicaChanged } = this.#options;
    clock.after(-Math.log(1 - random.next()) * CHANGE_EVERY_MS, () => {
      this.replica.change();
      onReplicaChanged(this.lotId);
      this.#waitForChange();
    });
  }

  #movement(): object {
    const { newId, random, clock } = this.#options;
    const beganAt = Math.round(clock.wall());
    return {
      type: "movement.recorded",
      movement_id: newId(),
      lane_id: pick(random, this.#laneIds),
      direction: "entry",
      outcome: "passed",
      session_id: newId(),
      plate: `AB${Math.floor(monoMs(clock.mono()))}`,
      began_at: beganAt,
      ended_at: beganAt + 5_000,
    };
  }
}
