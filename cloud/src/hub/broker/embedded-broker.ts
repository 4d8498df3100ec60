import type { Server, TLSSocket } from "node:tls";
import type { DownTopic } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { topicOf } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import { BATCH_WIRE_MAX_BYTES } from "@gatehouse/shared/sync/batch.ts";
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from "aedes";
import { listen } from "../../sockets/listen.ts";
import type { CertificateAuthority } from "../ca/certificate-authority.ts";
import { type CertificateIdentity, readIdentity } from "../ca/device-identity.ts";
import type { EdgeConnection, EdgeTransport, Refusal, TransportHandlers } from "../edge-transport.ts";
import { judgePublish, judgeWill, maySubscribe, type PublishAttempt } from "./access.ts";
import { FrameMeter } from "./frame-limit.ts";
import { guardedEmitter } from "./guarded-emitter.ts";
import { createMutualTlsServer } from "./tls-server.ts";

/** A connection from which nothing was read for this long is dead, whatever TCP thinks; edges send telemetry oftener. */
const SILENCE_MAX_MS = 12_000;
const SILENCE_LOOK_MS = 2_000;
const MQTT_CONNECT_TIMEOUT_MS = 10_000;
/** A client that does not take what we send for this long is dropped. */
const DRAIN_TIMEOUT_MS = 30_000;
const CONCURRENCY = 100;
/** Topic and fixed header beside the largest payload. */
const FRAME_MAX_BYTES = BATCH_WIRE_MAX_BYTES + 1_024;
/** MQTT 3.1.1, 3.2.2.3 */
const IDENTIFIER_REJECTED = 2;
const NOT_AUTHORISED = 5;

export interface EmbeddedBrokerOptions {
  readonly ca: Pick<CertificateAuthority, "caPem" | "server">;
  /** Port 0 takes any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly clock: Pick<Clock, "every">;
  readonly newId: NewId;
  readonly handlers: TransportHandlers;
}

/** aedes behind mutual TLS. It is built anew for each run; nothing in it needs to outlive a crash (SYNC-17). */
export function createEmbeddedBroker(options: EmbeddedBrokerOptions): EdgeTransport {
  return new EmbeddedBroker(options);
}

/** What a last will and a packet have in common. */
interface Will {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly retain?: boolean;
  readonly qos?: number;
}

interface Peer {
  readonly identity: CertificateIdentity;
  readonly connection: EdgeConnection;
  readonly socket: TLSSocket;
  readonly remoteAddress: string;
  bytesSeen: number;
  silentMs: number;
}

class EmbeddedBroker implements EdgeTransport {
  readonly name = "broker";
  readonly #options: EmbeddedBrokerOptions;
  readonly #aedes: Aedes;
  readonly #server: Server;
  /** All that passed TLS, by socket; and by connection those that MQTT has let in. */
  readonly #peers = new Map<unknown, Peer>();
  readonly #up = new Map<Uuid, { readonly client: Client }>();
  #address: { host: string; port: number } | null = null;
  #watch: Timer | null = null;

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options;
    this.#aedes = new Aedes({
      mq: guardedEmitter(CONCURRENCY),
      concurrency: CONCURRENCY,
      connectTimeout: MQTT_CONNECT_TIMEOUT_MS,
      drainTimeout: DRAIN_TIMEOUT_MS,
      maxClientsIdLength: 36,
      preConnect: (client, packet, done) => {
        // Sessions are never kept: what must arrive is sent again by whoever has it on disk.
        packet.clean = true;
        const refused = this.#refusalOfWill(client, packet.will);
        done(refused, refused === null);
      },
      authenticate: (client, _user, _password, done) => {
        this.#authenticate(client).then(
          (error) => done(error, error === null),
          (error: unknown) => done(refusedConnect(errorMessage(error), NOT_AUTHORISED), false),
        );
      },
      authorizePublish: (client, packet, done) => {
        this.#authorizePublish(client, packet).then((error) => done(error), done);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const peer = this.#peerOf(client);
        const isAllowed = peer !== null && maySubscribe(peer.identity, subscription.topic);
        if (peer && !isAllowed) this.#refuse(peer, "subscribe_not_allowed", `subscribe to ${subscription.topic}`);
        done(null, isAllowed ? subscription : null);
      },
    });
    this.#aedes.on("clientReady", (client) => this.#ready(client));
    this.#aedes.on("clientDisconnect", (client) => this.#gone(this.#peerOf(client)));
    // A broken connection is an everyday thing; its end is handled where the socket closes.
    this.#aedes.on("clientError", () => undefined);
    this.#aedes.on("connectionError", () => undefined);
    this.#server = createMutualTlsServer({
      ca: options.ca,
      onSecure: (socket) => this.#accept(socket),
      onRefused: (reason, remoteAddress) =>
        options.handlers.onRefused({ code: "tls_refused", identity: null, remoteAddress, detail: reason }),
    });
  }

  async run(): Promise<void> {
    await this.#aedes.listen();
    this.#address = await listen(this.#server, {
      ...this.#options.listen,
      purpose: "edges (MQTT)",
      setting: "GATEHOUSE_MQTT",
    });
    this.#watch = this.#options.clock.every(SILENCE_LOOK_MS, () => this.#dropSilent());
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#watch?.cancel();
    const closed = new Promise<void>((resolve) => {
      if (this.#server.listening) this.#server.close(() => resolve());
      else resolve();
    });
    for (const { socket } of this.#peers.values()) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#aedes.close(() => resolve());
    });
    await closed;
  }

  address(): { host: string; port: number } {
    if (!this.#address) throw new GatehouseError("not_running", "The broker does not listen yet.");
    return this.#address;
  }

  send(connection: EdgeConnection, topic: DownTopic, payload: string): Promise<void> {
    const client = this.#up.get(connection.connectionId)?.client;
    if (!client) return Promise.reject(connectionGone());
    return new Promise((resolve, reject) => {
      const packet = { cmd: "publish" as const, topic: topicOf(connection, topic), payload, qos: 1 as const };
      client.publish({ ...packet, retain: false, dup: false }, (error) => {
        if (error || client.closed) reject(connectionGone(error));
        else resolve();
      });
    });
  }

  disconnect({ connectionId }: EdgeConnection): void {
    this.#up.get(connectionId)?.client.conn.destroy();
  }

  #accept(socket: TLSSocket): void {
    const remoteAddress = socket.remoteAddress ?? "";
    const certificate = socket.getPeerX509Certificate();
    const identity = certificate ? readIdentity(certificate) : null;
    if (!identity) {
      const detail = "a certificate of our CA that is not a device's";
      this.#options.handlers.onRefused({ code: "not_a_device", identity: null, remoteAddress, detail });
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const connection = { ...identity, connectionId: this.#options.newId() };
    const peer = { identity, connection, socket, remoteAddress, bytesSeen: 0, silentMs: 0 };
    this.#peers.set(socket, peer);
    socket.once("close", () => {
      this.#gone(peer);
      this.#peers.delete(socket);
    });
    this.#limitFrames(peer);
    this.#aedes.handle(socket);
  }

  /** aedes gathers whole packets before it asks anybody, so lengths are looked at where it reads. */
  #limitFrames(peer: Peer): void {
    const { socket } = peer;
    const meter = new FrameMeter(FRAME_MAX_BYTES);
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => {
      const bytes: Buffer | null = read(size);
      if (bytes === null || meter.take(bytes)) return bytes;
      this.#refuse(peer, "frame_too_large", `send a packet of more than ${FRAME_MAX_BYTES} bytes`);
      socket.destroy();
      return null;
    };
  }

  #refusalOfWill(client: Client, will: Will | undefined): Error | null {
    const peer = this.#peerOf(client);
    if (!peer) return connectionGone();
    const verdict = will ? judgeWill(peer.identity, attemptOf(will)) : null;
    if (verdict?.kind !== "refuse") return null;
    this.#refuse(peer, "will_not_allowed", verdict.why);
    return refusedConnect(verdict.why, NOT_AUTHORISED);
  }

  /** The client id must be the certificate's device: else one lot's device could throw off another's. */
  async #authenticate(client: Client): Promise<AuthenticateError | null> {
    const peer = this.#peerOf(client);
    if (!peer) return refusedConnect("no connection", NOT_AUTHORISED);
    if (client.id !== peer.identity.deviceId) {
      this.#refuse(peer, "client_id_mismatch", `connect as ${client.id}`);
      return refusedConnect("The client id must be the device's id.", IDENTIFIER_REJECTED);
    }
    const refusal = await this.#options.handlers.admit(peer.identity);
    if (refusal === null) return null;
    this.#refuse(peer, refusal, "connect");
    return refusedConnect(refusal, NOT_AUTHORISED);
  }

  async #authorizePublish(client: Client | null, packet: PublishPacket): Promise<Error | null> {
    const peer = client ? this.#peerOf(client) : null;
    if (!peer) return connectionGone();
    const verdict = judgePublish(peer.identity, attemptOf(packet));
    if (verdict.kind === "refuse") {
      this.#refuse(peer, "publish_not_allowed", verdict.why);
      return new Error(`Not allowed to ${verdict.why}.`);
    }
    if (verdict.topic === "status") return null;
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    await this.#options.handlers.onMessage({ connection: peer.connection, topic: verdict.topic, payload });
    // The hub has it; nobody subscribes to what goes up, so there is nothing for the broker to keep.
    packet.payload = "";
    return null;
  }

  #ready(client: Client): void {
    const peer = this.#peerOf(client);
    if (!peer) return;
    this.#up.set(peer.connection.connectionId, { client });
    this.#options.handlers.onUp(peer.connection);
  }

  #gone(peer: Peer | null): void {
    if (peer && this.#up.delete(peer.connection.connectionId)) this.#options.handlers.onDown(peer.connection);
  }

  #dropSilent(): void {
    for (const peer of this.#peers.values()) {
      const { bytesRead } = peer.socket;
      peer.silentMs = bytesRead === peer.bytesSeen ? peer.silentMs + SILENCE_LOOK_MS : 0;
      peer.bytesSeen = bytesRead;
      if (peer.silentMs >= SILENCE_MAX_MS) peer.socket.destroy();
    }
  }

  #peerOf(client: Client): Peer | null {
    return this.#peers.get(client.conn) ?? null;
  }

  #refuse({ identity, remoteAddress }: Peer, code: Refusal["code"], detail: string): void {
    this.#options.handlers.onRefused({ code, identity, remoteAddress, detail });
  }
}

function attemptOf({ topic, retain = false, qos = 0, payload }: Will): PublishAttempt {
  return { topic, retain, qos, bytes: Buffer.byteLength(payload) };
}

function refusedConnect(message: string, returnCode: number): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}

function connectionGone(cause?: unknown): GatehouseError {
  return new GatehouseError("connection_gone", "The device is no longer connected.", { cause });
}
