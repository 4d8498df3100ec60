import type { LaneControl } from "@gatehouse/edge/lane/lane-control.ts";
import type { CommandLog, OutboxSource } from "@gatehouse/edge/uplink/ports.ts";
import { createUplink, type Uplink } from "@gatehouse/edge/uplink/uplink.ts";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { EventClock } from "./event-clock.ts";
import { MemoryCommandLog } from "./memory-command-log.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { type Life, MortalClock } from "./mortal-clock.ts";
import { virtualLanes } from "./virtual-lanes.ts";
import type { VirtualNetwork } from "./virtual-network.ts";
import { type OpenReplica, ReplicaCard, type ReplicaDeath, type ReplicaWatcher } from "./virtual-replica.ts";

/** Between which two steps the agent dies. */
export type DeathAt =
  | "appended"
  | "batch_read"
  | "confirm_came"
  | "confirm_taken"
  | "command_claimed"
  | "command_acting"
  | "command_finished"
  | ReplicaDeath;

/** Shorter than the product's, so that it passes again and again in a run. */
export const KEEP_MS = 36 * HOUR_MS;
const PRUNE_EVERY_MS = HOUR_MS;

const silentLog = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface VirtualEdgeOptions {
  readonly clock: EventClock;
  readonly random: Random;
  readonly newId: NewId;
  readonly network: VirtualNetwork;
  readonly lotId: Uuid;
  readonly deviceId: Uuid;
  readonly commandKey: string;
  /** The lane that opens when it is told to. */
  readonly laneId: Uuid;
  /** An event is durable. */
  readonly onWritten: (line: string, isPoison: boolean) => void;
  readonly onDied: () => void;
  readonly replicaWatch: ReplicaWatcher;
  /** The lane opens for a command, in an agent of this epoch. */
  readonly onActing: (commandId: Uuid, epoch: number) => void;
}

/** One computer of a lot: the real uplink over a model of its disk. Its process may die at any step and run again. */
export class VirtualEdge {
  outbox: MemoryOutbox;
  #commands = new MemoryCommandLog();
  readonly #replicaCard = new ReplicaCard();
  #replica: OpenReplica | null = null;
  epoch = 1;
  wallErrorMs = 0;
  /** How often the cloud turned out to be behind what it had confirmed. */
  rewinds = 0;
  #deathAt: DeathAt | null = null;
  readonly #options: VirtualEdgeOptions;
  #life: Life = { isOver: true };
  #boot = "";
  #uplink: Uplink | null = null;
  #listeners = new Set<() => void>();

  constructor(options: VirtualEdgeOptions) {
    this.#options = options;
    this.outbox = new MemoryOutbox(1, false, options.clock);
  }

  get isRunning(): boolean {
    return !this.#life.isOver;
  }

  linkState(): string {
    return this.#uplink?.linkState() ?? "off";
  }

  /** The agent starts, with a new boot id. */
  start(): void {
    const life: Life = { isOver: false };
    this.#life = life;
    this.#boot = this.#options.newId();
    this.#listeners = new Set();
    this.#replica = this.#openReplica(life);
    this.#options.replicaWatch.onStarted(this.#replica);
    this.#uplink = this.#newUplink(life, this.#replica);
    void this.#uplink.run();
    new MortalClock(this.#options.clock, life, () => 0).every(PRUNE_EVERY_MS, () => this.#prune());
  }

  /** The replica as the agent that runs has it open; null while none runs. */
  replica(): OpenReplica | null {
    return this.#life.isOver ? null : this.#replica;
  }

  /** What is confirmed and older than the keep window goes (SYNC-06), and what is no longer in force. */
  #prune(): void {
    this.#replica?.clear();
    this.outbox.prune(this.#options.clock.wall() - KEEP_MS);
  }

  /** The process ends between two steps, without a goodbye. */
  kill(): void {
    if (this.#life.isOver) return;
    this.#life.isOver = true;
    this.#deathAt = null;
    this.outbox.crash();
    this.#options.onDied();
  }

  /** Dies when it next comes to this step; null: at none. */
  dieAt(step: DeathAt | null): void {
    this.#deathAt = step;
  }

  /** Writes one event as the agent does, whatever its body. Nothing while it doesn't run. */
  write(body: object, isPoison = false): void {
    if (this.#life.isOver) return;
    const { clock } = this.#options;
    const at = Math.max(0, Math.round(clock.wall() + this.wallErrorMs));
    const n = this.outbox.append({ at, mono: Math.floor(clock.mono()), boot: this.#boot, quality: "unknown", body });
    this.#options.onWritten(this.outbox.lines[n - 1] ?? "", isPoison);
    if (this.#dies("appended")) return;
    clock.touch();
    for (const listener of this.#listeners) listener();
  }

  /** What is on its card now. */
  copyCard() {
    const replica = this.#replicaCard.copy();
    return { disk: this.outbox.copy(), commands: this.#commands.copy(), replica, epoch: this.epoch };
  }

  /** The card becomes an earlier copy of itself; only while the agent doesn't run. */
  setBackCard({ disk, commands, replica, epoch }: ReturnType<VirtualEdge["copyCard"]>): void {
    this.outbox.setBack(disk);
    this.#commands.setBack(commands);
    this.#replicaCard.setBack(replica);
    this.epoch = epoch;
  }

  /** The card is lost: a new store, which asks for an epoch before it sends (SYNC-07). */
  loseCard(): void {
    this.outbox = new MemoryOutbox(this.epoch, true, this.#options.clock);
    this.#commands = new MemoryCommandLog();
    this.#replicaCard.setBack();
  }

  #dies(step: DeathAt): boolean {
    if (this.#deathAt === step) this.kill();
    return this.#life.isOver;
  }

  #source(life: Life): OutboxSource {
    const disk = (): MemoryOutbox => this.outbox;
    return {
      append: async (body) => {
        if (life.isOver) return new Promise(() => undefined);
        this.write(body);
        return disk().lines.length;
      },
      head: () => disk().head(),
      hashAt: (n) => disk().hashAt(n),
      readBatch: (fromN, limits) => {
        const batch = life.isOver ? null : disk().readBatch(fromN, limits);
        return this.#dies("batch_read") ? null : batch;
      },
      confirm: (cursor) => {
        if (life.isOver || this.#dies("confirm_came")) return { kind: "known" };
        const answer = disk().confirm(cursor);
        this.#dies("confirm_taken");
        return answer;
      },
      rewind: (cursor) => {
        if (life.isOver) return { kind: "known" };
        this.rewinds++;
        return disk().rewind(cursor);
      },
      beginEpoch: async (epoch) => {
        if (!life.isOver) disk().beginEpoch(epoch);
      },
      epochAgreed: () => {
        if (!life.isOver) disk().epochAgreed();
      },
      onAppended: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  #commandLog(life: Life): CommandLog {
    const never = (): Promise<never> => new Promise(() => undefined);
    return {
      claim: async (command) => {
        if (life.isOver) return never();
        const answer = await this.#commands.claim(command);
        return this.#dies("command_claimed") ? never() : answer;
      },
      finish: async (result) => {
        if (life.isOver) return never();
        await this.#commands.finish(result);
        if (this.#dies("command_finished")) return never();
      },
    };
  }

  #lanes(life: Life, clock: MortalClock): LaneControl {
    const { laneId, random, onActing } = this.#options;
    return virtualLanes({
      laneId,
      clock,
      random,
      onActing: (commandId) => {
        if (life.isOver) return false;
        onActing(commandId, this.outbox.head().epoch);
        return !this.#dies("command_acting");
      },
    });
  }

  #openReplica(life: Life): OpenReplica {
    const { random, replicaWatch: watcher } = this.#options;
    const clock = new MortalClock(this.#options.clock, life, () => this.wallErrorMs);
    return this.#replicaCard.open({ life, clock, random, boot: this.#boot, dies: (step) => this.#dies(step), watcher });
  }

  #newUplink(life: Life, { sink }: OpenReplica): Uplink {
    const { random, network, lotId, deviceId, commandKey } = this.#options;
    const clock = new MortalClock(this.#options.clock, life, () => this.wallErrorMs);
    return createUplink({
      identity: {
        deviceId,
        operatorId: "0190f3a1-0000-7000-8000-00000000000e",
        lotId,
        epoch: this.epoch,
        privateKey: "",
        certificate: "",
        ca: "",
        mqttUrl: "mqtts://virtual:8883",
        provisioningUrl: null,
        commandKey: { keyId: "k1", publicKey: commandKey },
      },
      openSession: network.opener(life),
      outbox: this.#source(life),
      replica: sink,
      commands: this.#commandLog(life),
      lanes: this.#lanes(life, clock),
      queries: {
        outbox: () => ({ ...this.outbox.head(), pending: 0, oldestPendingAt: null, bytes: 0 }),
        replica: () => sink.status(),
        disk: () => ({ usedBytes: 0, freeBytes: 0 }),
      },
      clock,
      random,
      log: silentLog,
      boot: this.#boot,
      agentVersion: "simulated",
      onLinkState: () => undefined,
    });
  }
}
