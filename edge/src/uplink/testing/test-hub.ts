import { once } from "node:events";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { commandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import type { Confirm, ConfirmStatus, DeviceStatus, Hello, Telemetry } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { deviceStatus, hello, telemetry } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { type ReplicaRequest, replicaRequest } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import {
  type DownTopic,
  type LotAddress,
  parseTopic,
  topicOf,
  type UpTopic,
} from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { decodeBatch } from "@gatehouse/shared/sync/batch.ts";
import {
  beginningOf,
  judgeBatch,
  judgeHello,
  type Mark,
  type StreamPosition,
  senderOf,
  startOfEpoch,
} from "@gatehouse/shared/sync/cursor.ts";
import { Aedes } from "aedes";
import type { z } from "zod";
import type { KeyAndCertificate } from "./test-authority.ts";

const clock = systemClock();

export interface TestHubOptions {
  readonly ca: string;
  readonly server: KeyAndCertificate;
  readonly lot: LotAddress;
  readonly deviceId: string;
}

/**
 * The other side of the uplink: a broker behind mutual TLS and the least hub that keeps to the contracts, in memory. What
 * it has committed survives `kill`, as a database would.
 */
export class TestHub {
  position: StreamPosition = startOfEpoch(1);
  /** The cursor with which the position's epoch began. */
  startN = 0;
  /** Hashes of what is committed, of whatever epoch, by number. */
  readonly #history = new Map<number, string>();
  /** The newest protocol version that this hub reads. */
  version = PROTOCOL_VERSION;
  readonly batchVersions: number[] = [];
  /** The position's epoch was given out, and no hello has come in it. */
  isEpochDue = false;
  readonly log: string[] = [];
  readonly hellos: Hello[] = [];
  readonly results: CommandResult[] = [];
  readonly telemetry: Telemetry[] = [];
  readonly statuses: DeviceStatus[] = [];
  readonly requests: ReplicaRequest[] = [];
  /** Batches taken, and their bytes on the wire. */
  batches = 0;
  bytes = 0;
  /** Says nothing at all while true; commits nevertheless. */
  isSilent = false;
  /** Batches to throw away unread, as a broker that forgets. */
  dropBatches = 0;
  /** What to answer to hellos instead of the truth. */
  helloStatus: ConfirmStatus | null = null;
  /** Topics whose subscription is refused, as an ACL does it. */
  forbidden: readonly DownTopic[] = [];
  /** Answers MQTT's CONNECT with this return code when it isn't zero. */
  connackCode = 0;
  /** Messages to the edge that it has acknowledged. */
  acknowledged = 0;
  /** Milliseconds that the cloud's clock is ahead of ours. */
  clockAheadMs = 0;
  port = 0;
  readonly #options: TestHubOptions;
  readonly #sockets = new Set<TLSSocket>();
  #aedes: Aedes | null = null;
  #server: Server | null = null;

  constructor(options: TestHubOptions) {
    this.#options = options;
  }

  /** Listens, after the first time on the same port again. */
  async start(): Promise<void> {
    const { ca, server } = this.#options;
    const aedes = new Aedes({
      authenticate: (_client, _user, _password, done) => {
        if (this.connackCode === 0) done(null, true);
        else done(Object.assign(new Error("refused"), { returnCode: this.connackCode }), false);
      },
      authorizeSubscribe: (_client, subscription, done) => {
        const topic = parseTopic(subscription.topic)?.topic;
        const isForbidden = this.forbidden.some((one) => one === topic);
        done(null, isForbidden ? null : subscription);
      },
    });
    await aedes.listen();
    aedes.on("publish", (packet, client) => {
      if (client) this.#receive(packet.topic, asBuffer(packet.payload));
    });
    aedes.on("ack", () => {
      this.acknowledged++;
    });
    const tls = createServer({ ...server, ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => this.#sockets.delete(socket));
      aedes.handle(socket);
    });
    tls.listen(this.port, "127.0.0.1");
    await once(tls, "listening");
    const address = tls.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    this.port = address.port;
    this.#aedes = aedes;
    this.#server = tls;
  }

  /** Ends everything without a word, as kill -9 does. */
  async kill(): Promise<void> {
    const server = this.#server;
    const aedes = this.#aedes;
    this.#server = null;
    this.#aedes = null;
    if (!server || !aedes) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
  }

  /** Comes back as of before its first event. */
  setBack(): void {
    this.#moveTo(startOfEpoch(1));
    this.#history.clear();
    this.log.length = 0;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  say(topic: DownTopic, message: object | Uint8Array, retain = false): void {
    const payload = message instanceof Uint8Array ? asBuffer(message) : Buffer.from(JSON.stringify(message));
    const packet = {
      cmd: "publish",
      topic: topicOf(this.#options.lot, topic),
      payload,
      qos: 1,
      retain,
      dup: false,
    } as const;
    this.#aedes?.publish(packet, () => undefined);
  }

  #receive(topicText: string, payload: Buffer): void {
    const topic = parseTopic(topicText)?.topic;
    switch (topic as UpTopic | undefined) {
      case "up/events":
        return this.#takeBatch(payload);
      case "up/hello":
        return this.#takeHello(read(payload, hello));
      case "up/command-results":
        return void this.results.push(read(payload, commandResult));
      case "up/telemetry":
        return void this.telemetry.push(read(payload, telemetry));
      case "up/replica-request":
        return void this.requests.push(read(payload, replicaRequest));
      case "status":
        return void this.statuses.push(read(payload, deviceStatus));
      case undefined:
        return;
    }
  }

  #takeHello(message: Hello): void {
    this.hellos.push(message);
    const sender = senderOf(message);
    const { confirmed } = sender;
    const verdict = judgeHello({ ...this.position, startN: this.startN, isEpochDue: this.isEpochDue }, sender);
    if (verdict.kind === "begin") this.#moveTo(beginningOf(sender, confirmed === undefined || this.#holds(confirmed)));
    if (verdict.kind === "new_epoch") this.#moveTo(verdict.position);
    this.isEpochDue = verdict.kind === "new_epoch";
    const status = verdict.kind === "begin" ? "ok" : verdict.kind;
    const isReadable = message.v <= this.version;
    this.#confirm(isReadable ? (this.helloStatus ?? status) : "unsupported_version", message.sent_mono);
  }

  #moveTo(position: StreamPosition): void {
    this.position = position;
    this.startN = position.cursor;
  }

  #holds({ n, hash }: Mark): boolean {
    return n === 0 || this.#history.get(n) === hash;
  }

  #takeBatch(payload: Buffer): void {
    if (this.dropBatches > 0) {
      this.dropBatches--;
      return;
    }
    const batch = decodeBatch(payload);
    if (!batch.ok) throw new Error(`not a batch: ${batch.error}`);
    const verdict = judgeBatch(this.position, batch.value, null);
    this.batches++;
    this.batchVersions.push(batch.value.header.v);
    this.bytes += payload.length;
    if (verdict.kind === "apply") {
      this.position = verdict.position;
      for (const line of verdict.lines) this.log.push(line);
      for (const [i, hash] of verdict.hashes.entries()) this.#history.set(verdict.first + i, hash);
    }
    this.#confirm(verdict.kind === "apply" || verdict.kind === "duplicate" ? "ok" : verdict.kind, null);
  }

  #confirm(status: ConfirmStatus, echo: number | null): void {
    if (this.isSilent) return;
    const { epoch, cursor, hash } = this.position;
    const message: Confirm = {
      v: this.version,
      device_id: this.#options.deviceId,
      epoch,
      cursor,
      hash,
      status,
      message: status === "ok" || status === "gap" ? null : `The hub says ${status}.`,
      cloud_at: Math.round(clock.wall() + this.clockAheadMs),
      echo_mono: echo,
    };
    this.say("down/confirm", message);
  }
}

function read<T>(payload: Buffer, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(payload.toString("utf8")));
}

function asBuffer(payload: string | Uint8Array): Buffer {
  return Buffer.from(payload);
}
