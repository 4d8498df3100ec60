import type { CommandKey } from "@gatehouse/cloud/hub/ca/command-key.ts";
import type { HubLedger } from "@gatehouse/cloud/hub/hub-ledger.ts";
import { Switchboard } from "@gatehouse/cloud/hub/switchboard.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import type { EventClock } from "./event-clock.ts";
import type { LotReplica } from "./lot-replica.ts";
import type { MemoryCommands } from "./memory-commands.ts";
import type { MemoryStream } from "./memory-ledger.ts";
import { type Life, MortalClock } from "./mortal-clock.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** Longest way to the database, each way. */
const DATABASE_DELAY_MAX_MS = 15;
/** Less often than the product does it, since nothing waits for it here. */
const EXPIRE_COMMANDS_EVERY_MS = MINUTE_MS;
const silentLog = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface VirtualHubOptions {
  readonly clock: EventClock;
  readonly random: Random;
  readonly network: () => VirtualNetwork;
  readonly commandKey: CommandKey;
  readonly hubId: Uuid;
  readonly streamOf: (deviceId: Uuid) => Pick<MemoryStream, "answerHello" | "ingest">;
  readonly commandsOf: (deviceId: Uuid) => Pick<MemoryCommands, "claim" | "record">;
  readonly replicaOf: (lotId: Uuid) => Pick<LotReplica, "read">;
  /** Commands whose life is over are marked, in all lots. */
  readonly expireCommands: (now: Date) => void;
  /** A transaction of this device has committed. */
  readonly onCommitted: (deviceId: Uuid) => void;
}

/** The real switchboard over a model of the database, which outlives it. Its process may die with work in hand. */
export class VirtualHub {
  /** Chance that a transaction's client hears of a failure, before or after its commit. */
  failsPerCommit = 0;
  readonly #options: VirtualHubOptions;
  #life: Life = { isOver: true };
  #switchboard: Switchboard | null = null;
  /** Whom the database shows as connected, by device. */
  readonly links = new Map<Uuid, Uuid>();
  /** Transactions under way, for the world to see that a hub dies with work in hand. */
  underWay = 0;

  constructor(options: VirtualHubOptions) {
    this.#options = options;
  }

  /** The hub that runs now; null while none does. */
  handlers(): Switchboard | null {
    return this.#life.isOver ? null : this.#switchboard;
  }

  start(): void {
    const { clock, random, commandKey, hubId, network, expireCommands } = this.#options;
    const life: Life = { isOver: false };
    this.#life = life;
    this.links.clear();
    const own = new MortalClock(clock, life);
    this.#switchboard = new Switchboard({
      context: { ledger: this.#ledger(life), clock: own, realClock: own, random, log: silentLog },
      commandKey,
      hubId,
    });
    this.#switchboard.connect(network().transport(life));
    own.every(EXPIRE_COMMANDS_EVERY_MS, () => expireCommands(new Date(clock.wall())));
  }

  /** The process ends; transactions that the database has come to their own end there. */
  kill(): void {
    this.#life.isOver = true;
    this.#options.network().resetAll();
  }

  #ledger(life: Life): HubLedger {
    const { streamOf, commandsOf, replicaOf, onCommitted, clock } = this.#options;
    const now = (): Date => new Date(clock.wall());
    const nothing = async (): Promise<void> => undefined;
    return {
      answerHello: ({ deviceId }, hello) =>
        this.#transact(life, () => {
          const answer = streamOf(deviceId).answerHello(hello);
          onCommitted(deviceId);
          return answer;
        }),
      ingest: ({ deviceId }, batches) =>
        this.#transact(life, () => {
          const answer = streamOf(deviceId).ingest(batches);
          onCommitted(deviceId);
          return answer;
        }),
      admit: async () => null,
      readReplica: (question) => this.#transact(life, () => replicaOf(question.lotId).read(question)),
      claimCommands: (deviceId) => this.#transact(life, () => commandsOf(deviceId).claim(now())),
      auditRefusal: nothing,
      linkUp: async ({ deviceId, connectionId }) => void this.links.set(deviceId, connectionId),
      linkDown: async ({ deviceId, connectionId }) => {
        if (this.links.get(deviceId) === connectionId) this.links.delete(deviceId);
      },
      recordHello: nothing,
      reportVersion: nothing,
      recordTelemetry: nothing,
      recordReplicaSent: nothing,
      recordCommandResult: (deviceId, result) => this.#transact(life, () => commandsOf(deviceId).record(result, now())),
    };
  }

  /** One transaction: some way there, the commit, some way back. Who has died meanwhile hears nothing. */
  async #transact<T>(life: Life, work: () => T): Promise<T> {
    if (life.isOver) return new Promise(() => undefined);
    const fails = this.#options.random.next() < this.failsPerCommit;
    const failsBefore = fails && this.#options.random.next() < 0.5;
    this.underWay++;
    await this.#way();
    this.underWay--;
    if (failsBefore) throw new Error("The database is away.");
    const result = work();
    await this.#way();
    if (life.isOver) return new Promise(() => undefined);
    if (fails) throw new Error("The database has committed and gone away.");
    return result;
  }

  #way(): Promise<void> {
    const { clock, random } = this.#options;
    return new Promise((resolve) => void clock.after(randomInt(random, 0, DATABASE_DELAY_MAX_MS), resolve));
  }
}
