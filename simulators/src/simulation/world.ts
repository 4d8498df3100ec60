import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { later, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { encodeCommandKey } from "@gatehouse/shared/sync/command.ts";
import { EventClock } from "./event-clock.ts";
import { judgeLink, judgeRest } from "./rest-rules.ts";
import { situationsOf } from "./situations.ts";
import { drawFaults, type FaultKind, heal, inject } from "./sync-faults.ts";
import { Verdicts } from "./sync-rules.ts";
import { VirtualHub } from "./virtual-hub.ts";
import { VirtualLot } from "./virtual-lot.ts";
import { VirtualNetwork } from "./virtual-network.ts";
import { passTime } from "./virtual-time.ts";

const START = wallMs(1_800_000_000_000);
/** An operator looks this often after devices that stand; longer than a blocked edge waits before it asks again. */
const HELP_EVERY_MS = 70_000;
const HELP_ROUNDS_MAX = 5;
/** Quiet time between stretches of faults. */
const REST_MAX_HOURS = 4;
/** Ed25519 (RFC 8410, 7): the prefix of a private key in DER, before its 32 bytes. */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export interface SyncWorldOptions {
  readonly seed: number;
  readonly lots: number;
  readonly lanesPerLot: number;
  /** Called with each line of the trace. */
  readonly onTrace?: (line: string) => void;
}

/**
 * Lots and one hub in virtual time: the real uplinks and the real switchboard with its sessions, over models of network,
 * disks and database. All chance comes from one seed, so a seed always gives the same run.
 */
export class SyncWorld {
  readonly clock = new EventClock(START);
  readonly faults = new Map<FaultKind, number>();
  readonly verdicts = new Verdicts(() => this.clock.mono());
  readonly lots: readonly VirtualLot[];
  readonly #stops = new Map<string, number>();
  readonly #random: Random;
  readonly #network: VirtualNetwork;
  readonly #hub: VirtualHub;
  readonly #onTrace: (line: string) => void;
  readonly #trace = createHash("sha256");

  constructor({ seed, lots, lanesPerLot, onTrace = () => undefined }: SyncWorldOptions) {
    this.#random = seededRandom(seed);
    this.#onTrace = onTrace;
    const random = this.#random;
    const { clock, verdicts } = this;
    const newId = uuidv7Source(clock, random);
    const privateKey = createPrivateKey({
      key: Buffer.concat([ED25519_PREFIX, random.bytes(32)]),
      format: "der",
      type: "pkcs8",
    });
    /** By the lot's id and by its device's. */
    const byId = new Map<string, VirtualLot>();
    const lotOf = (id: string): VirtualLot => {
      const lot = byId.get(id);
      if (!lot) throw new RangeError(`There is no lot and no device ${id}.`);
      return lot;
    };
    this.#hub = new VirtualHub({
      clock,
      random,
      network: () => this.#network,
      commandKey: { keyId: "k1", privateKey, publicKey: "" },
      hubId: newId(),
      streamOf: (deviceId) => lotOf(deviceId).judgedStream,
      commandsOf: (deviceId) => lotOf(deviceId).commands,
      expireCommands: (now) => {
        for (const { commands } of this.lots) commands.expire(now);
      },
      replicaOf: (lotId) => lotOf(lotId).replica,
      onCommitted: (deviceId) => this.#committed(lotOf(deviceId)),
    });
    this.#network = new VirtualNetwork({
      clock,
      random,
      newId,
      hub: () => this.#hub.handlers(),
      trace: (what) => this.#note(what),
      onConnected: (deviceId) => lotOf(deviceId).watch.connected(),
      onUp: (deviceId, topic, payload) => {
        const lot = lotOf(deviceId);
        if (topic === "up/events") lot.watch.sent(payload, lot.edge.outbox);
        if (topic === "up/command-results") lot.commandWatch.answered(payload);
      },
      onDown: (deviceId, topic, payload) => {
        if (topic === "down/confirm") lotOf(deviceId).watch.confirmed(payload);
        if (topic === "down/commands") lotOf(deviceId).commandSent(payload);
      },
    });
    const commandKey = encodeCommandKey(createPublicKey(privateKey));
    const setup = { clock, random, newId, network: this.#network, commandKey };
    this.lots = Array.from({ length: lots }, (_, at) => {
      const lot = new VirtualLot({
        setup,
        clock,
        random,
        newId,
        verdicts,
        lanes: lanesPerLot,
        name: `lot ${at + 1}`,
        onReplicaChanged: (lotId) => this.#hub.handlers()?.replicaChanged(lotId),
      });
      byId.set(lot.deviceId, lot).set(lot.lotId, lot);
      return lot;
    });
  }

  /** Runs stretches of faults, each with its end and a rest, until `hours` have passed or a rule is broken. */
  async run(hours: number): Promise<void> {
    const until = later(this.clock.mono(), hours * HOUR_MS);
    this.#hub.start();
    for (const lot of this.lots) lot.start();
    await this.#pass(MINUTE_MS);
    while (this.clock.mono() < until && this.verdicts.broken.length === 0) await this.#stretch();
    for (const lot of this.lots) lot.edge.kill();
  }

  /** SHA-256 over all that was carried or lost, with its times. */
  traceHash(): string {
    return this.#trace.copy().digest("hex");
  }

  /** Messages that were carried or lost. */
  messages(): number {
    return this.#network.messages;
  }

  /** How often the run came into each situation, by name. */
  situations(): ReadonlyMap<string, number> {
    return situationsOf(this.lots, this.#stops);
  }

  #note(what: string): void {
    const line = `${this.clock.mono()} ${what}`;
    this.#trace.update(`${line}\n`);
    this.#onTrace(line);
  }

  async #stretch(): Promise<void> {
    for (const lot of this.lots) lot.backUpCloud();
    // Hub and database are one for all lots: the faults of one lot after another meet whatever the others do.
    for (const lot of this.lots) await this.#spoil(lot);
    // Help has to come through as well while the link is still bad, so that old and new epochs meet on one connection.
    if (this.#random.next() < 0.5) await this.#helpAll(HELP_ROUNDS_MAX);
    for (const lot of this.lots) heal(lot, { network: this.#network, hub: this.#hub });
    await this.#helpAll(HELP_ROUNDS_MAX);
    for (const { clone, watch } of this.lots) if (clone === null) watch.excuse = null;
    await judgeRest(this.#site());
    if (this.#random.next() < 0.3) for (const lot of this.lots) lot.cardCopy = lot.edge.copyCard();
    await this.#pass(randomInt(this.#random, 0, REST_MAX_HOURS * 60) * MINUTE_MS);
  }

  async #spoil(lot: VirtualLot): Promise<void> {
    const site = this.#site();
    for (const drawn of drawFaults(this.#random)) {
      // A clone and its original end each other's connections ten times a second: days of that say no more than an hour.
      const isFought = this.lots.some(({ clone }) => clone !== null);
      const kind = drawn === "outage_of_days" && isFought ? "outage" : drawn;
      this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
      this.#note(`fault ${kind} ${lot.deviceId}`);
      await inject(kind, lot, site);
      this.#judgeLinkState(lot, kind);
      // Half of them last until the stretch ends, and meet the next.
      if (this.#random.next() < 0.5) heal(lot, site);
    }
  }

  /** A cut that has lasted is told as what it is. */
  #judgeLinkState(lot: VirtualLot, kind: FaultKind): void {
    const { edge } = lot;
    if (kind === "outage" || kind === "outage_of_days") judgeLink(lot, this.#site());
    if (kind !== "outage_of_days" || !edge.isRunning) return;
    const state = edge.linkState();
    this.verdicts.judge("SYNC-17", state === "network_down", () => `the link is cut and said to be ${state}`);
  }

  /** Somebody looks after devices that a fault of their histories has stopped. */
  async #helpAll(rounds: number): Promise<void> {
    const excused = this.lots.filter(({ watch }) => watch.excuse !== null);
    for (let round = 0; excused.length > 0 && round < rounds; round++) {
      await this.#pass(HELP_EVERY_MS);
      for (const lot of excused) {
        // A hub may not hear of it: then the edge has to ask by itself.
        if (lot.help() && this.#random.next() < 0.5) this.#hub.handlers()?.devicesChanged(lot.deviceId);
      }
    }
  }

  #committed(lot: VirtualLot): void {
    const stop = lot.stream.stop();
    if (stop !== null && stop !== lot.seenStop) this.#stops.set(stop, (this.#stops.get(stop) ?? 0) + 1);
    lot.seenStop = stop;
    lot.watch.committed(lot.stream);
  }

  #site() {
    const pass = (ms: number): Promise<void> => this.#pass(ms);
    const { clock, verdicts, lots } = this;
    return { random: this.#random, network: this.#network, hub: this.#hub, clock, verdicts, lots, pass };
  }

  #pass(ms: number): Promise<void> {
    return passTime(this.clock, this.verdicts, ms);
  }
}
