import { type Confirm, confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_OLDEST, PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import type { LotAddress, UpTopic } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import { sleep, type Timer, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import { type CommandAddressee, decodeCommandKey } from "@gatehouse/shared/sync/command.ts";
import { TRUSTED_CLOCK } from "./certificate-time.ts";
import { type CloudClock, createCloudClock, type LotTime } from "./cloud-clock.ts";
import { type CommandInbox, createCommandInbox } from "./command-inbox.ts";
import { createEventStream, type EventStream } from "./event-stream.ts";
import { helloOf } from "./hello.ts";
import { createLinkStatus, type LinkStatus } from "./link-status.ts";
import { parsePayload } from "./payload.ts";
import { createReplicaFollower, type ReplicaFollower } from "./replica-follower.ts";
import type { DownMessage, HubSession } from "./session-port.ts";
import { startTelemetryFeed, type TelemetryFeed } from "./telemetry-feed.ts";
import { UPLINK_TIMINGS, type UplinkTimings } from "./timings.ts";
import type { Uplink, UplinkOptions, UplinkStatus } from "./uplink-port.ts";

export type { Uplink };

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
  #isStopping = false;
  #ticker: Timer | null = null;
  #session: HubSession | null = null;
  #telemetry: TelemetryFeed | null = null;
  #linkNonce = "";
  #helloEcho: number | null = null;
  /** Ours, until an older hub says on this connection which one it speaks. */
  #version = PROTOCOL_VERSION;
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
    this.#cloudClock = createCloudClock(clock, options.wallRate);
    this.#stream = createEventStream({
      deviceId,
      outbox,
      clock,
      log,
      limits: this.#timings.sender,
      version: () => this.#version,
      sendHello: (echo) => this.#sendHello(echo),
      sendBatch: (bytes) => this.#session?.publish("up/events", bytes),
      reconnect: () => this.#session?.abort(),
      onState: (state, isSilent) => this.#status.streamed(state.kind, isSilent),
      onDrained: () => this.#telemetry?.changed(),
      onBlocked: this.#status.blocked,
    });
    this.#follower = createReplicaFollower({
      deviceId,
      replica,
      clock,
      log,
      send: (request) => this.#publish("up/replica-request", request),
      cloudClock: this.#cloudClock,
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

  clockQuality(): ClockQuality | null {
    return this.#cloudClock.quality();
  }

  lotTime(): LotTime | null {
    return this.#cloudClock.lotTime();
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
    this.#isStopping = true;
    this.#ticker?.cancel();
    this.#stream.stop();
    const session = this.#session;
    if (session) {
      this.#publish("status", this.#deviceStatus(false), { retain: true });
      await Promise.race([session.end(), sleep(this.#options.clock, this.#timings.goodbyeMaxMs)]);
    }
    this.#ending.abort();
    await this.#ended;
  }

  async #keepConnected(): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#ending;
    for (let attempt = 0; !signal.aborted; attempt++) {
      this.#isGreeted = false;
      await this.#connectOnce().catch((error: unknown) => {
        if (!this.#isStopping) this.#status.failed(error);
      });
      if (this.#isGreeted) attempt = 0;
      await sleep(clock, backoffMs(this.#timings.backoff, attempt, random), signal);
    }
  }

  /** One connection from its beginning to its end; rejects with why there was none or why it ended. */
  async #connectOnce(): Promise<never> {
    await this.#alignEpoch();
    const session = await this.#open();
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

  /** A new enrolment brings a new epoch (SYNC-07). */
  async #alignEpoch(): Promise<void> {
    const { outbox, identity, log } = this.#options;
    const { epoch } = outbox.head();
    if (identity.epoch <= epoch) return;
    await outbox.beginEpoch(identity.epoch);
    log.info({ from: epoch, to: identity.epoch }, "The new enrolment begins a new epoch.");
  }

  #open(): Promise<HubSession> {
    const { identity, clock, random, openSession } = this.#options;
    const { connectTimeoutMs, keepaliveSeconds } = this.#timings;
    this.#version = PROTOCOL_VERSION;
    this.#linkNonce = Buffer.from(random.bytes(LINK_NONCE_BYTES)).toString("base64url");
    return openSession({
      identity,
      lot: this.#lot,
      clock,
      will: JSON.stringify(this.#deviceStatus(false)),
      keepaliveSeconds,
      connectTimeoutMs,
      signal: this.#ending.signal,
      certificateTime: this.#options.certificateTime ?? TRUSTED_CLOCK,
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

  #takeConfirm(payload: Uint8Array): Promise<void> | void {
    const { identity, outbox, log } = this.#options;
    const message = parsePayload(payload, confirm);
    if (message === null) {
      log.warn({ bytes: payload.length }, "The hub sent a confirmation that can't be read.");
      return;
    }
    if (message.device_id !== identity.deviceId) return;
    const isOfOurEpoch = message.epoch === outbox.head().epoch;
    const isOfAnyEpoch = message.status === "stale_epoch" || message.status === "new_epoch";
    if (!isOfOurEpoch && !isOfAnyEpoch) return;
    this.#cloudClock.heard(message, this.#helloEcho);
    if (message.echo_mono !== null && message.echo_mono === this.#helloEcho) return this.#takeAnswer(message);
    this.#stream.confirmed(message);
  }

  /** The answer to our last hello. An epoch comes only so: a late answer to an earlier one names one that has ended. */
  #takeAnswer(answer: Confirm): Promise<void> | void {
    if (answer.status === "new_epoch") return this.#beginEpoch(answer.epoch);
    if (answer.status === "unsupported_version" && this.#comeDownTo(answer.v)) return this.#stream.greetAgain();
    if (answer.status === "ok") this.#options.outbox.epochAgreed();
    this.#greeted();
    this.#stream.confirmed(answer);
  }

  /** An older hub names its version in its refusal; within our range we speak that one (SYNC-16). */
  #comeDownTo(version: number): boolean {
    if (version >= this.#version || version < PROTOCOL_OLDEST) return false;
    this.#options.log.info({ version }, "The hub is older than this agent; its protocol version is spoken.");
    this.#version = version;
    return true;
  }

  /** Begins an epoch that the cloud gives, and says hello in it. */
  async #beginEpoch(epoch: number): Promise<void> {
    const { outbox, log } = this.#options;
    const { epoch: from } = outbox.head();
    if (epoch <= from) return;
    try {
      await outbox.beginEpoch(epoch);
    } catch (error) {
      log.error({ epoch, error: errorMessage(error) }, "The cloud's new epoch could not be stored; it is asked again.");
      return;
    }
    log.warn({ from, to: epoch }, "The cloud has begun a new epoch: what it lacks is sent in it.");
    this.#stream.greetAgain();
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
      clockQuality: () => this.clockQuality(),
      send: (telemetry) => this.#session?.publishOrDrop("up/telemetry", JSON.stringify(telemetry)),
    });
  }

  #sendHello(echo: number): void {
    const { identity, outbox, replica, clock, boot, agentVersion } = this.#options;
    this.#helloEcho = echo;
    const hello = helloOf({
      version: this.#version,
      deviceId: identity.deviceId,
      head: outbox.head(),
      replica: replica.status(),
      at: clock.wall(),
      quality: this.clockQuality() ?? "unknown",
      boot,
      agentVersion,
      linkNonce: this.#linkNonce,
      echo,
    });
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
