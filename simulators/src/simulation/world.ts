import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { later, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { encodeCommandKey } from "@gatehouse/shared/sync/command.ts";
import { SENDER_LIMITS } from "@gatehouse/shared/sync/sender.ts";
import { EventClock } from "./event-clock.ts";
import { drawFaults, type FaultKind, heal, inject } from "./sync-faults.ts";
import { Verdicts } from "./sync-rules.ts";
import { VirtualHub } from "./virtual-hub.ts";
import { VirtualLot } from "./virtual-lot.ts";
import { VirtualNetwork } from "./virtual-network.ts";

const START = wallMs(1_800_000_000_000);
/** SYNC-18: the time that both logs may take to become equal, and the rate at which a backlog has to go. */
const CONVERGE_MS = 60_000;
const CONVERGE_EVENTS_PER_SECOND = 1_000;
/** Longest way of one event and its confirmation when nothing is wrong, with room. */
const CALM_CONFIRM_MS = 3_000;
/** A lane takes its time to open, on top of both ways. */
const CALM_COMMAND_MS = CALM_CONFIRM_MS + 3_000;
/** By then a hello whose answer was lost in the last moment of a fault has been said again. */
const CALM_AFTER_MS = SENDER_LIMITS.confirmTimeoutMs + CALM_CONFIRM_MS;
const CONVERGE_STEP_MS = 200;
/** An operator looks this often after devices that stand; longer than a blocked edge waits before it asks again. */
const HELP_EVERY_MS = 70_000;
const HELP_ROUNDS_MAX = 5;
/** Timers of one moment; a burst of a thousand events needs fewer. */
const TIMERS_AT_ONCE_MAX = 100_000;
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

/** What a run has reached beside its faults; a run that never got there has tested less than it says. */
export interface Reached {
  readonly stops: ReadonlyMap<string, number>;
  readonly newEpochs: number;
  readonly deadLetters: number;
  /** Confirmations that an edge took back for a cloud that had been restored. */
  readonly rewinds: number;
  /** Commands that a lane has begun to carry out. */
  readonly opened: number;
  /** Results that were said again, for a command that came again. */
  readonly repeatedResults: number;
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
    const byDevice = new Map<string, VirtualLot>();
    const lotOf = (deviceId: string): VirtualLot => {
      const lot = byDevice.get(deviceId);
      if (!lot) throw new RangeError(`There is no device ${deviceId}.`);
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
      const lot = new VirtualLot({ setup, clock, random, newId, verdicts, lanes: lanesPerLot, name: `lot ${at + 1}` });
      byDevice.set(lot.deviceId, lot);
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

  reached(): Reached {
    const newEpochs = this.lots.reduce((sum, { stream }) => sum + stream.position().epoch - 1, 0);
    const deadLetters = this.lots.reduce((sum, lot) => sum + lot.deadLetters, 0);
    const rewinds = this.lots.reduce((sum, { edge }) => sum + edge.rewinds, 0);
    const opened = this.lots.reduce((sum, { commandWatch }) => sum + commandWatch.acts, 0);
    const repeatedResults = this.lots.reduce((sum, { commandWatch }) => sum + commandWatch.repeats, 0);
    return { stops: this.#stops, newEpochs, deadLetters, rewinds, opened, repeatedResults };
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
    await this.#converge();
    await this.#judgeCalm();
    if (this.#random.next() < 0.3) for (const lot of this.lots) lot.cardCopy = lot.edge.copyCard();
    await this.#pass(randomInt(this.#random, 0, REST_MAX_HOURS * 60) * MINUTE_MS);
  }

  async #spoil(lot: VirtualLot): Promise<void> {
    const site = {
      random: this.#random,
      network: this.#network,
      hub: this.#hub,
      pass: (ms: number): Promise<void> => this.#pass(ms),
    };
    for (const kind of drawFaults(this.#random)) {
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
    if (kind === "outage" || kind === "outage_of_days") this.#judgeLink(lot);
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

  /** Without faults an event is confirmed at once, and both sides say that they are connected. */
  async #judgeCalm(): Promise<void> {
    if (this.verdicts.broken.length > 0) return;
    await this.#pass(CALM_AFTER_MS);
    for (const lot of this.lots) lot.writeCar();
    const written = this.lots.map((lot) => {
      const open = lot.askOpen();
      this.#hub.handlers()?.commandsWaiting(lot.deviceId);
      return { lot, n: lot.edge.outbox.head().lastN, open };
    });
    await this.#pass(CALM_COMMAND_MS);
    for (const { lot, n, open } of written) {
      this.#judgeOpen(lot, open);
      const state = lot.edge.linkState();
      this.verdicts.judge("SYNC-18", lot.isConfirmed(n), () => `event ${n} of a calm link waits for longer (${state})`);
      this.verdicts.judge("SYNC-17", state === "online", () => `a link that works is said to be ${state}`);
      this.#judgeLink(lot);
    }
  }

  /** A command on a calm link is carried out, or refused since the cloud's time is not known on this connection. */
  #judgeOpen(lot: VirtualLot, id: string): void {
    const row = lot.commands.find(id);
    const isAnswered = row?.status === "done" || row?.refusal === "clock_unknown";
    this.verdicts.judge("SYNC-11", isAnswered, () => `a command on a calm link is ${row?.status} (${row?.refusal})`);
    if (row?.status === "done") lot.commandWatch.shownDone(id);
  }

  /** What the cloud shows of a connection is what there is. */
  #judgeLink({ deviceId }: VirtualLot): void {
    if (this.#hub.handlers() === null) return;
    const shown = this.#hub.links.get(deviceId) ?? null;
    const open = this.#network.connectionOf(deviceId);
    this.verdicts.judge("SYNC-17", shown === open, () => `the cloud shows connection ${shown}, and there is ${open}`);
  }

  async #converge(): Promise<void> {
    const backlog = Math.max(...this.lots.map((lot) => lot.backlog()));
    const until = later(this.clock.mono(), CONVERGE_MS + (backlog / CONVERGE_EVENTS_PER_SECOND) * 1_000);
    const waiting = new Set(this.lots);
    while (waiting.size > 0 && this.clock.mono() < until && this.verdicts.broken.length === 0) {
      await this.#pass(CONVERGE_STEP_MS);
      for (const lot of waiting) if (lot.isEqual() && lot.edge.linkState() === "online") waiting.delete(lot);
    }
    if (this.verdicts.broken.length > 0) return;
    for (const lot of this.lots) {
      const { epoch, lastN, confirmedN } = lot.edge.outbox.head();
      const { epoch: cloudEpoch, cursor } = lot.stream.position();
      this.verdicts.judge(
        "SYNC-18",
        !waiting.has(lot),
        () =>
          `edge at ${epoch}:${lastN} (confirmed ${confirmedN}, ${lot.edge.linkState()}), cloud at ` +
          `${cloudEpoch}:${cursor} (${lot.stream.stop() ?? "flows"}), ${lot.watch.missing()} events missing`,
      );
    }
  }

  #committed(lot: VirtualLot): void {
    const stop = lot.stream.stop();
    if (stop !== null && stop !== lot.seenStop) this.#stops.set(stop, (this.#stops.get(stop) ?? 0) + 1);
    lot.seenStop = stop;
    lot.watch.committed(lot.stream);
  }

  /** Lets time pass; none any more once a rule is broken. */
  async #pass(ms: number): Promise<void> {
    const end = later(this.clock.mono(), ms);
    await turn();
    let still = 0;
    let lastAt = this.clock.mono();
    while (this.verdicts.broken.length === 0) {
      const before = this.clock.touched;
      if (!this.clock.fireNext(end)) return;
      // Work that is not a timer is promises: after a turn none of it is left. A timer that touched nothing has left none.
      if (this.clock.touched !== before) await turn();
      still = this.clock.mono() === lastAt ? still + 1 : 0;
      lastAt = this.clock.mono();
      if (still > TIMERS_AT_ONCE_MAX) throw new Error(`At ${lastAt} ms timers follow each other and no time passes.`);
    }
  }
}

/** Resolves when no promise has work left: Node empties the queue of promises before it comes to the next tick. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
