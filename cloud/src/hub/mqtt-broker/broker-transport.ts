import { deviceStatus } from "@gatehouse/shared/contracts/mqtt/link.ts";
import {
  type DownTopic,
  type LotAddress,
  parseTopic,
  topicOf,
  type UpTopic,
  upTopics,
} from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { type Clock, sleep, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import { type Backoff, backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { BATCH_WIRE_MAX_BYTES } from "@gatehouse/shared/sync/batch.ts";
import type { IPublishPacket } from "mqtt";
import type { HeldLease, Lease } from "../../db/lease.ts";
import type { LotDevice } from "../../services/devices/device-of-lot.ts";
import { MESSAGE_MAX_BYTES } from "../broker/access.ts";
import type { EdgeConnection, EdgeTransport, TransportHandlers } from "../edge-transport.ts";
import type { LinkContext } from "../hub-context.ts";
import { parseMessage } from "../parse-message.ts";
import { type BrokerConnection, type BrokerLogin, connectToBroker, SESSION_TAKEN_OVER } from "./broker-client.ts";
import { probeBroker } from "./probe.ts";

export const HUB_NAME = "gatehouse-hub";
const FILTERS = upTopics.map((topic) => `gatehouse/v1/+/+/${topic}`);
const RECONNECT: Backoff = { firstMs: 200, maxMs: 5_000, jitter: 0.5 };
/** Edges send telemetry every few seconds; one that is this silent is gone, whatever the broker still keeps of it. */
const SILENCE_MAX_MS = 30_000;
const SILENCE_LOOK_MS = 2_000;
/** Messages of one lot that wait; an edge has four batches under way. More are dropped, and the edge sends them again. */
const LOT_QUEUE_MAX = 16;
/** Bytes of all lots that wait; past this the broker's next message is not acknowledged until there is room. */
const WAITING_MAX_BYTES = 67_108_864;

export interface BrokerTransportOptions {
  /** `mqtts://host:port` */
  readonly url: string;
  readonly caPem: string;
  /** A certificate of our CA for a client that is no device. */
  readonly certify: (name: string) => Promise<{ readonly key: string; readonly cert: string }>;
  /** Whom a lot's messages come from: the broker binds a device to its lot, and a lot has one device. */
  readonly deviceOf: (lot: LotAddress) => Promise<LotDevice | null>;
  /** Of the broker: of several hubs on one database, one connects and the others stand by. */
  readonly lease: Lease;
  /** The lease is ours: connections of the hub that had it before have ended. Rejects when the database can't tell. */
  readonly onHeld: () => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly log: LinkContext["log"];
  readonly handlers: TransportHandlers;
}

/** After the lease: wait for it again; or leave the broker to others. */
type AfterService = "stand_by" | "stay_off";

/** What the hub knows of one lot's edge. */
interface LotLink {
  readonly lot: LotAddress;
  connection: EdgeConnection | null;
  /** Ends when all that waits has been handed on. */
  tail: Promise<void>;
  waiting: number;
  heardAt: number;
}

/**
 * Carries messages over any MQTT 5 broker that binds each certificate to its lot's topics; whether it does is probed at
 * each connect. An edge is taken for connected from its status, or from any message, to its last will or its silence.
 */
export function createBrokerTransport(options: BrokerTransportOptions): EdgeTransport {
  return new BrokerTransport(options);
}

class BrokerTransport implements EdgeTransport {
  readonly name = "mqtt-broker";
  readonly #options: BrokerTransportOptions;
  /** By operator and lot; only lots whose edge is connected or whose messages wait. */
  readonly #links = new Map<string, LotLink>();
  readonly #ending = new AbortController();
  #waitingBytes = 0;
  #broker: BrokerConnection | null = null;
  #watch: Timer | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: BrokerTransportOptions) {
    this.#options = options;
  }

  /** Throws `broker_unsafe` when the broker lets through what it must not; one that can't be reached is tried again. */
  async run(): Promise<void> {
    const { lease, clock, log } = this.#options;
    this.#watch = clock.every(SILENCE_LOOK_MS, () => this.#dropSilent());
    const held = await lease.tryAcquire();
    if (held === null) {
      log.info({}, "Another hub serves the MQTT broker; this one stands by.");
      this.#ended = this.#standBy();
      return;
    }
    const first = await this.#firstConnection().catch(async (error: unknown) => {
      await held.release();
      throw error;
    });
    this.#ended = this.#serve(held, first).then((next) => (next === "stand_by" ? this.#standBy() : undefined));
  }

  async #firstConnection(): Promise<BrokerConnection | null> {
    await this.#options.onHeld();
    return this.#open().catch((error: unknown) => {
      if (errorCode(error) === "broker_unsafe") throw error;
      this.#options.log.error({ err: error }, "The MQTT broker is not there yet; it is tried again.");
      return null;
    });
  }

  /** Waits until the hub that serves is gone, and takes its place; again and again. */
  async #standBy(): Promise<void> {
    const { lease, onHeld, log } = this.#options;
    for (let next: AfterService = "stand_by"; next === "stand_by"; ) {
      const held = await lease.acquire(this.#ending.signal);
      if (held === null) return;
      log.info({}, "The hub that served the MQTT broker is gone; this one takes its place.");
      try {
        await onHeld();
      } catch (error) {
        log.error({ err: error }, "The place could not be taken; it is tried again.");
        await held.release();
        continue;
      }
      next = await this.#serve(held, null);
    }
  }

  /** Serves for as long as the lease is ours. */
  async #serve(held: HeldLease, first: BrokerConnection | null): Promise<AfterService> {
    const { log } = this.#options;
    const lost = new AbortController();
    void held.lost.then(() => {
      lost.abort();
      this.#broker?.end();
    });
    const signal = AbortSignal.any([this.#ending.signal, lost.signal]);
    const why = await this.#keepConnected(first, signal);
    // Taken by a hub that has the lease now, or by one that doesn't know of it.
    const isRivalled = why === "taken_over" && (await held.isHeld());
    await held.release();
    if (isRivalled) {
      log.error(
        {},
        "A hub of another database has taken over at the MQTT broker. This one stays off until it is started anew.",
      );
      return "stay_off";
    }
    if (!this.#ending.signal.aborted) log.warn({}, "This hub no longer serves the MQTT broker; it stands by.");
    return this.#ending.signal.aborted ? "stay_off" : "stand_by";
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#watch?.cancel();
    this.#broker?.end();
    await this.#ended;
  }

  address(): { host: string; port: number } {
    const { hostname, port } = new URL(this.#options.url);
    return { host: hostname, port: Number(port || 8883) };
  }

  send(connection: EdgeConnection, topic: DownTopic, payload: string): Promise<void> {
    const isUp = this.#links.get(keyOf(connection))?.connection?.connectionId === connection.connectionId;
    if (!isUp || !this.#broker) return Promise.reject(new GatehouseError("connection_gone", "The device is gone."));
    return this.#broker.publish(topicOf(connection, topic), payload);
  }

  /** A broker's client can't be cut from here; its next message is asked about anew, and refused. */
  disconnect(connection: EdgeConnection): void {
    const link = this.#links.get(keyOf(connection));
    if (link?.connection?.connectionId === connection.connectionId) this.#down(link);
  }

  /** Resolves when `signal` aborts, or another client has taken our name at the broker. */
  async #keepConnected(first: BrokerConnection | null, signal: AbortSignal): Promise<"ended" | "taken_over"> {
    const { clock, random, log } = this.#options;
    let broker = first;
    for (let attempt = 0; !signal.aborted; attempt++) {
      if (broker) {
        attempt = 0;
        const reason = await broker.closed;
        this.#lost();
        if (reason === SESSION_TAKEN_OVER) return "taken_over";
        if (!signal.aborted) log.warn({ reason }, "The connection to the MQTT broker has ended.");
      }
      await sleep(clock, backoffMs(RECONNECT, attempt, random), signal);
      if (signal.aborted) break;
      broker = await this.#open(signal).catch((error: unknown) => {
        log.error({ err: error }, "The MQTT broker can't be used; it is tried again.");
        return null;
      });
    }
    // One that was being opened meanwhile has been ended, and nothing came of it.
    if (broker) this.#lost();
    return "ended";
  }

  async #open(signal: AbortSignal = this.#ending.signal): Promise<BrokerConnection> {
    const { url, caPem: ca, certify, clock, newId, log } = this.#options;
    const login: BrokerLogin = { url, ca, certificate: await certify(HUB_NAME), clientId: HUB_NAME };
    const broker = await connectToBroker(login, (packet) => this.#take(packet));
    try {
      await probeBroker({ login, certify, hub: broker, clock, newId });
      this.#broker = broker;
      await broker.subscribe(FILTERS);
    } catch (error) {
      this.#broker = null;
      broker.end();
      throw error;
    }
    log.info({ url }, "The hub is connected to the MQTT broker.");
    // It may have been told to stop, or the lease may have been lost meanwhile.
    if (signal.aborted) broker.end();
    return broker;
  }

  #lost(): void {
    this.#broker = null;
    for (const link of this.#links.values()) this.#down(link);
  }

  /** Resolves when there is room for the next message of any lot. */
  async #take({ topic, payload }: IPublishPacket): Promise<void> {
    const parsed = parseTopic(topic);
    const up = upTopics.find((known) => known === parsed?.topic);
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    const limit = up === "up/events" ? BATCH_WIRE_MAX_BYTES : MESSAGE_MAX_BYTES;
    if (!parsed || !up || bytes.length > limit) return;
    const link = this.#linkOf(parsed);
    link.heardAt = this.#options.clock.mono();
    if (link.waiting >= LOT_QUEUE_MAX) return;
    link.waiting++;
    this.#waitingBytes += bytes.length;
    link.tail = link.tail
      .then(() => this.#handOn(link, up, bytes))
      .catch((error: unknown) =>
        this.#options.log.error(
          { lot: parsed.lotId, err: error },
          "A message could not be taken; the edge repeats it.",
        ),
      )
      .finally(() => {
        link.waiting--;
        this.#waitingBytes -= bytes.length;
        this.#forget(link);
      });
    if (this.#waitingBytes > WAITING_MAX_BYTES) await link.tail;
  }

  #linkOf({ operatorId, lotId }: LotAddress): LotLink {
    const lot = { operatorId, lotId };
    const held = this.#links.get(keyOf(lot));
    if (held) return held;
    const link = { lot, connection: null, tail: Promise.resolve(), waiting: 0, heardAt: 0 };
    this.#links.set(keyOf(lot), link);
    return link;
  }

  #forget(link: LotLink): void {
    if (link.waiting === 0 && !link.connection) this.#links.delete(keyOf(link.lot));
  }

  async #handOn(link: LotLink, topic: UpTopic, payload: Buffer): Promise<void> {
    if (topic === "status") return this.#takeStatus(link, payload);
    const connection = link.connection ?? (await this.#up(link, topic));
    if (connection) await this.#options.handlers.onMessage({ connection, topic, payload });
  }

  async #takeStatus(link: LotLink, payload: Buffer): Promise<void> {
    const status = parseMessage(deviceStatus, payload);
    // The last will of a device that was replaced says nothing of the one that serves the lot now.
    if (!status || (link.connection && link.connection.deviceId !== status.device_id)) return;
    this.#down(link);
    if (status.online) await this.#up(link, "status");
  }

  /** The lot's edge has connected, as far as one can see through a broker; null when it may not. */
  async #up(link: LotLink, topic: UpTopic): Promise<EdgeConnection | null> {
    const { deviceOf, handlers, newId } = this.#options;
    const device = await deviceOf(link.lot);
    if (!device || device.isRevoked) {
      handlers.onRefused({
        code: device ? "device_revoked" : "device_unknown",
        identity: device,
        remoteAddress: "mqtt-broker",
        detail: `publish to ${topicOf(link.lot, topic)}`,
      });
      return null;
    }
    // Unless the broker went away meanwhile.
    if (!this.#broker) return null;
    const { operatorId, lotId, deviceId, certificateSerial } = device;
    link.connection = { operatorId, lotId, deviceId, certificateSerial, connectionId: newId() };
    handlers.onUp(link.connection);
    return link.connection;
  }

  #down(link: LotLink): void {
    const { connection } = link;
    link.connection = null;
    this.#forget(link);
    if (connection) this.#options.handlers.onDown(connection);
  }

  #dropSilent(): void {
    const since = this.#options.clock.mono() - SILENCE_MAX_MS;
    for (const link of this.#links.values()) if (link.connection && link.heardAt < since) this.#down(link);
  }
}

function keyOf({ operatorId, lotId }: LotAddress): string {
  return `${operatorId}/${lotId}`;
}
