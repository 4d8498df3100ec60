import { confirm, type Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_OLDEST, PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import type { LotAddress, UpTopic } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, sleep, type Timer, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Backoff, backoffMs, type Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { type CommandAddressee, decodeCommandKey } from "@gatehouse/shared/sync/command.ts";
import { SENDER_LIMITS, type SenderLimits } from "@gatehouse/shared/sync/sender.ts";
import type { LaneControl } from "../lane/lane-control.ts";
import type { EdgeQueries } from "../store/edge-queries.ts";
import { type CloudClock, createCloudClock } from "./cloud-clock.ts";
import { type CommandInbox, createCommandInbox } from "./command-inbox.ts";
import { createEventStream, type EventStream, monoNow } from "./event-stream.ts";
import type { Identity } from "./identity.ts";
import { createLinkStatus, type LinkProblem, type LinkStatus } from "./link-status.ts";
import { type DownMessage, type MqttSession, openMqttSession } from "./mqtt-session.ts";
import { parsePayload } from "./payload.ts";
import type { CommandLog, OutboxSource, ReplicaSink, UplinkLog } from "./ports.ts";
import { createReplicaFollower, type ReplicaFollower } from "./replica-follower.ts";
import { startTelemetryFeed } from "./telemetry-feed.ts";
import { openTlsSocket } from "./tls-socket.ts";

export interface UplinkTimings {
  /** A half-open connection is noticed after one and a half times this. */
  readonly keepaliveSeconds: number;
  /** For the TLS handshake, and again for MQTT's. */
  readonly connectTimeoutMs: number;
  readonly backoff: Backoff;
  readonly tickMs: number;
  readonly sender: SenderLimits;
  /** Longest wait of `drain` for the cloud's last confirmation, and of `stop` for the goodbye. */
  readonly drainMaxMs: number;
  readonly goodbyeMaxMs: number;
}

export const UPLINK_TIMINGS: UplinkTimings = {
  keepaliveSeconds: 15,
  connectTimeoutMs: 10_000,
  backoff: { firstMs: 200, maxMs: 10_000, jitter: 0.5 },
  tickMs: 500,
  sender: SENDER_LIMITS,
  drainMaxMs: 3_000,
  goodbyeMaxMs: 1_000,
};

export interface UplinkOptions {
  readonly identity: Identity;
  readonly outbox: OutboxSource;
  readonly replica: ReplicaSink;
  readonly commands: CommandLog;
  readonly lanes: LaneControl;
  readonly queries: Pick<EdgeQueries, "outbox">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: UplinkLog;
  /** Id of this run of the agent. */
  readonly boot: Uuid;
  readonly agentVersion: string;
  readonly onLinkState: (state: LinkState) => void;
  readonly timings?: Partial<UplinkTimings>;
}

/** What people read about the link. */
export interface UplinkStatus {
  readonly linkState: LinkState;
  /** Null when all is well. */
  readonly problem: LinkProblem | null;
}

/** The edge's link to the hub. Gates never wait for it. */
export interface Uplink extends Service {
  linkState(): LinkState;
  /** The cloud's wall time, estimated on the monotonic clock; null when this connection has not measured it. */
  cloudTime(): WallMs | null;
  /** How far this edge's wall clock can be trusted. */
  clockQuality(): ClockQuality;
  status(): UplinkStatus;
}

/** Builds the uplink. `run` returns at once: the network may come much later. */
export function createUplink(options: UplinkOptions): Uplink {
  return new HubUplink(options);
}

const LINK_NONCE_BYTES = 16;
const DRAIN_POLL_MS = 20;

class HubUplink implements Uplink {
  readonly name = "uplink";
  readonly #options: UplinkOptions;
  readonly #timings: UplinkTimings;
  readonly #lot: LotAddress;
  readonly #addressee: Omit<CommandAddressee, "epoch" | "laneIds">;
  readonly #status: LinkStatus;
  readonly #cloudClock: CloudClock;
  readonly #stream: EventStream;
  readonly #follower: ReplicaFollower;
  readonly #inbox: CommandInbox;
  readonly #ending = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #ticker: Timer | null = null;
  #session: MqttSession | null = null;
  #telemetry: { stop(): void } | null = null;
  #linkNonce = "";
  #helloEcho: number | null = null;
  /** Whether the hub has answered on this connection. */
  #isGreeted = false;

  constructor(options: UplinkOptions) {
    const { identity, clock, log, outbox, replica } = options;
    const { deviceId } = identity;
    this.#options = options;
    this.#timings = { ...UPLINK_TIMINGS, ...options.timings };
    this.#lot = { operatorId: identity.operatorId, lotId: identity.lotId };
    const { keyId, publicKey } = identity.commandKey;
    this.#addressee = { deviceId, key: { keyId, publicKey: decodeCommandKey(publicKey) } };
    this.#status = createLinkStatus({ clock, log, outbox, onLinkState: options.onLinkState });
    this.#cloudClock = createCloudClock(clock);
    this.#stream = createEventStream({
      deviceId,
      outbox,
      clock,
      log,
      limits: this.#timings.sender,
      sendHello: (echo) => this.#sendHello(echo),
      sendBatch: (bytes) => this.#session?.publish("up/events", bytes),
      reconnect: () => this.#session?.abort(),
      onState: (state, isSilent) => this.#status.streamed(state.kind, isSilent),
      onBlocked: this.#status.blocked,
    });
    this.#follower = createReplicaFollower({
      deviceId,
      replica,
      clock,
      log,
      send: (request) => this.#publish("up/replica-request", request),
    });
    this.#inbox = createCommandInbox({
      addressee: () => this.#commandAddressee(),
      commands: options.commands,
      lanes: options.lanes,
      clock,
      log,
      cloudNow: () => this.#cloudClock.now(),
      linkNonce: () => this.#linkNonce,
      send: (result) => this.#isGreeted && this.#publish("up/command-results", result),
      onRateLimited: this.#status.rateLimited,
    });
  }

  linkState(): LinkState {
    return this.#status.state();
  }

  cloudTime(): WallMs | null {
    return this.#cloudClock.now();
  }

  clockQuality(): ClockQuality {
    return this.#cloudClock.quality();
  }

  status(): UplinkStatus {
    return { linkState: this.#status.state(), problem: this.#status.problem() };
  }

  async run(): Promise<void> {
    this.#ticker = this.#options.clock.every(this.#timings.tickMs, () => {
      this.#stream.tick();
      this.#follower.tick();
    });
    this.#ended = this.#keepConnected();
  }

  /** Waits until the cloud has confirmed everything, as long as it answers and not longer than the limit. */
  async drain(): Promise<void> {
    const { clock, outbox } = this.#options;
    const until = clock.mono() + this.#timings.drainMaxMs;
    const isDone = (): boolean => outbox.head().confirmedN === outbox.head().lastN;
    while (this.linkState() === "online" && !isDone() && clock.mono() < until) await sleep(clock, DRAIN_POLL_MS);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#ticker?.cancel();
    this.#stream.stop();
    const session = this.#session;
    if (session) {
      this.#publish("status", this.#deviceStatus(false), { retain: true });
      await Promise.race([session.end(), sleep(this.#options.clock, this.#timings.goodbyeMaxMs)]);
      session.abort();
    }
    await this.#ended;
  }

  async #keepConnected(): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#ending;
    for (let attempt = 0; !signal.aborted; attempt++) {
      this.#isGreeted = false;
      await this.#connectOnce().catch((error: unknown) => {
        if (!signal.aborted) this.#status.failed(error);
      });
      if (this.#isGreeted) attempt = 0;
      await sleep(clock, backoffMs(this.#timings.backoff, attempt, random), signal);
    }
  }

  /** One connection from its beginning to its end; rejects with why there was none or why it ended. */
  async #connectOnce(): Promise<never> {
    await this.#alignEpoch();
    const session = await this.#open();
    if (this.#ending.signal.aborted) session.abort();
    this.#session = session;
    try {
      this.#publish("status", this.#deviceStatus(true), { retain: true });
      this.#stream.connected();
      throw await session.closed;
    } finally {
      this.#session = null;
      this.#telemetry?.stop();
      this.#telemetry = null;
      this.#cloudClock.lost();
      this.#stream.disconnected();
      this.#follower.disconnected();
    }
  }

  /** A new enrolment brings a new epoch: what is not confirmed yet is numbered anew in it (SYNC-07). */
  async #alignEpoch(): Promise<void> {
    const { outbox, identity, log } = this.#options;
    const { epoch, confirmedN } = outbox.head();
    if (identity.epoch <= epoch) return;
    await outbox.setEpoch({ epoch: identity.epoch, keepAfterN: confirmedN });
    log.info({ from: epoch, to: identity.epoch }, "Events are numbered in a new epoch.");
  }

  async #open(): Promise<MqttSession> {
    const { identity, clock, random } = this.#options;
    const { connectTimeoutMs, keepaliveSeconds } = this.#timings;
    this.#linkNonce = Buffer.from(random.bytes(LINK_NONCE_BYTES)).toString("base64url");
    const socket = await openTlsSocket({ identity, url: identity.mqttUrl, clock, timeoutMs: connectTimeoutMs });
    return openMqttSession({
      socket,
      address: new URL(identity.mqttUrl).host,
      lot: this.#lot,
      deviceId: identity.deviceId,
      will: JSON.stringify(this.#deviceStatus(false)),
      keepaliveSeconds,
      connectTimeoutMs,
      onMessage: (message) => this.#receive(message),
    });
  }

  async #receive({ topic, payload, retained }: DownMessage): Promise<void> {
    switch (topic) {
      case "down/confirm":
        return this.#takeConfirm(payload);
      case "down/replica":
        return this.#follower.received(payload);
      case "down/commands":
        return this.#inbox.received({ payload, retained });
      default:
        return assertNever(topic);
    }
  }

  #takeConfirm(payload: Uint8Array): void {
    const { identity, outbox, log } = this.#options;
    const message = parsePayload(payload, confirm);
    if (message === null) {
      log.warn({ bytes: payload.length }, "The hub sent a confirmation that can't be read.");
      return;
    }
    if (message.device_id !== identity.deviceId) return;
    const isOfOurEpoch = message.epoch === outbox.head().epoch;
    if (!isOfOurEpoch && message.status !== "stale_epoch") return;
    this.#cloudClock.heard(message, this.#helloEcho);
    if (message.echo_mono !== null && message.echo_mono === this.#helloEcho) this.#greeted();
    this.#stream.confirmed(message);
  }

  #greeted(): void {
    if (this.#isGreeted) return;
    this.#isGreeted = true;
    this.#follower.greeted();
    this.#inbox.flush();
    const { lanes, queries, clock } = this.#options;
    this.#telemetry = startTelemetryFeed({
      lanes,
      queries,
      clock,
      linkState: () => this.linkState(),
      send: (telemetry) => this.#session?.publishOrDrop("up/telemetry", JSON.stringify(telemetry)),
    });
  }

  #sendHello(echo: number): void {
    const { identity, outbox, replica, clock, boot, agentVersion } = this.#options;
    const head = outbox.head();
    const held = replica.status();
    const hello: Hello = {
      v: PROTOCOL_VERSION,
      oldest_v: PROTOCOL_OLDEST,
      device_id: identity.deviceId,
      epoch: head.epoch,
      last_n: head.lastN,
      last_hash: head.lastHash,
      boot,
      mono: monoNow(clock),
      at: clock.wall(),
      quality: this.clockQuality(),
      agent_version: agentVersion,
      replica_version: held.version,
      replica_checksum: held.checksum,
      link_nonce: this.#linkNonce,
      sent_mono: echo,
    };
    this.#helloEcho = echo;
    this.#publish("up/hello", hello);
  }

  #publish(topic: UpTopic, message: object, options?: { readonly retain: boolean }): boolean {
    this.#session?.publish(topic, JSON.stringify(message), options);
    return this.#session !== null;
  }

  #deviceStatus(online: boolean) {
    const { identity, clock } = this.#options;
    return { v: PROTOCOL_VERSION, device_id: identity.deviceId, online, at: clock.wall() };
  }

  #commandAddressee(): CommandAddressee {
    const { lanes, outbox } = this.#options;
    return { ...this.#addressee, epoch: outbox.head().epoch, laneIds: lanes.snapshot().map((lane) => lane.lane_id) };
  }
}
