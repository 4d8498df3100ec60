import { commandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import type { Confirm, Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { hello as helloContract, telemetry as telemetryContract } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_OLDEST, PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { replicaRequest } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { type Backoff, retryUntil } from "@gatehouse/shared/kit/lifecycle.ts";
import { decodeBatch } from "@gatehouse/shared/sync/batch.ts";
import type { LinkKey } from "../services/devices/record-link.ts";
import type { IngestAnswer } from "../services/ingest/ingest-batches.ts";
import { type ReadBatch, readBatch } from "../services/ingest/read-events.ts";
import { sendCommands } from "./commands/send-commands.ts";
import { confirmation, unsupported } from "./confirmation.ts";
import type { EdgeConnection, EdgeTransport, UpMessage } from "./edge-transport.ts";
import type { LinkContext } from "./hub-context.ts";
import { Intake } from "./ingest/intake.ts";
import type { IntakeBudget } from "./ingest/intake-budget.ts";
import type { Turnstile } from "./ingest/turnstile.ts";
import { LatestTelemetry } from "./links/latest-telemetry.ts";
import { oldestVersionOf, parseMessage, versionOf } from "./parse-message.ts";
import { ReplicaFeed } from "./replica/replica-feed.ts";
import { SerialQueue } from "./serial-queue.ts";

/** Hellos, requests and results of one connection that wait; more are dropped, and the edge asks again. */
const CONTROL_QUEUE_MAX = 32;
const RETRY: Backoff = { firstMs: 100, maxMs: 5_000, jitter: 0.5 };

export interface EdgeSessionOptions {
  readonly context: LinkContext;
  readonly transport: EdgeTransport;
  readonly connection: EdgeConnection;
  readonly hubId: string;
  readonly budget: IntakeBudget;
  /** Shared by all connections, so that backlogs leave the database room for others. */
  readonly turnstile: Turnstile;
  readonly commandKey: Parameters<typeof sendCommands>[0]["commandKey"];
}

/** What the hello of this connection said; commands carry its nonce and epoch. */
export interface Greeting {
  readonly linkNonce: string;
  readonly epoch: number;
}

/** One connection of one edge, from its CONNACK to its end. */
export class EdgeSession {
  readonly connection: EdgeConnection;
  readonly #options: EdgeSessionOptions;
  readonly #link: LinkKey;
  readonly #intake: Intake;
  readonly #control: SerialQueue;
  readonly #telemetry: LatestTelemetry;
  readonly #replica: ReplicaFeed;
  readonly #ended = new AbortController();
  #greeting: Greeting | null = null;
  /** The last hello, while its answer was that the device is set apart. */
  #stoppedHello: Hello | null = null;

  constructor(options: EdgeSessionOptions) {
    const { context, connection, transport, budget, turnstile } = options;
    this.connection = connection;
    this.#options = options;
    const { deviceId, lotId, connectionId } = connection;
    this.#link = { deviceId, lotId, connectionId, hubId: options.hubId };
    this.#control = new SerialQueue(CONTROL_QUEUE_MAX);
    this.#telemetry = new LatestTelemetry(context, this.#link);
    this.#replica = new ReplicaFeed({ context, transport, connection, link: this.#link, signal: this.#ended.signal });
    this.#intake = new Intake({
      clock: context.realClock,
      random: context.random,
      budget,
      turnstile,
      deviceId,
      unpack: (message) => this.#unpack(message),
      commit: (batches) => context.ledger.ingest(connection, batches),
      onCommitted: (answer) => this.#confirm(answer, null),
      onFailure: (error, attempt) => this.#failed("events", error, attempt),
    });
  }

  /** The connection stands. */
  opened(): void {
    this.#enqueue("link", () => this.#options.context.ledger.linkUp(this.#link));
  }

  /** The connection is gone; resolves when that is recorded, or can't be. */
  async closed(): Promise<void> {
    this.#ended.abort();
    this.#intake.end();
    this.#greeting = null;
    await this.#options.context.ledger.linkDown(this.#link).catch((error: unknown) => this.#failed("link", error, 0));
  }

  /** Resolves when what has come in is committed and confirmed. */
  async settled(): Promise<void> {
    await this.#control.settled();
    await this.#intake.settled();
  }

  /** Takes one message; resolves when there is room for the next. */
  async receive({ topic, payload }: Pick<UpMessage, "topic" | "payload">): Promise<void> {
    switch (topic) {
      case "up/events":
        return this.#receiveEvents(payload);
      case "up/hello":
        return this.#receiveHello(payload);
      case "up/replica-request":
        return this.#receiveReplicaRequest(payload);
      case "up/command-results":
        return this.#receiveResult(payload);
      case "up/telemetry": {
        const telemetry = parseMessage(telemetryContract, payload);
        if (telemetry) this.#telemetry.show(telemetry);
        else this.#unreadable(topic);
        return;
      }
      default:
        return assertNever(topic);
    }
  }

  /** The lot's replica may have a newer version. */
  replicaChanged(): void {
    this.#replica.push();
  }

  /** The device may have been released: its last hello is answered anew. */
  deviceChanged(): void {
    const hello = this.#stoppedHello;
    if (hello) this.#enqueue("hello", () => this.#greet(hello));
  }

  /** There may be commands for this device. */
  commandsWaiting(): void {
    const greeting = this.#greeting;
    if (!greeting) return;
    const { context, transport, connection, commandKey } = this.#options;
    this.#enqueue("commands", () => sendCommands({ context, transport, connection, commandKey, greeting }));
  }

  async #receiveEvents(payload: Uint8Array): Promise<void> {
    const isQueued = await this.#intake.offer(payload);
    if (!isQueued) this.#log("warn", { bytes: payload.length }, "A batch was dropped: the queue is full.");
  }

  #unpack(payload: Uint8Array): ReadBatch | null {
    const batch = decodeBatch(payload);
    if (batch.ok && batch.value.header.device_id === this.connection.deviceId) return readBatch(batch.value);
    if (batch.ok) this.#unreadable("up/events (other device)");
    else if (batch.error === "unsupported_version") this.#enqueue("events", () => this.#sayUnsupported(null));
    else this.#unreadable(`up/events (${batch.error})`);
    return null;
  }

  #receiveHello(payload: Uint8Array): void {
    const version = versionOf(payload);
    const isReadable = version !== null && version >= PROTOCOL_OLDEST && version <= PROTOCOL_VERSION;
    const hello = parseMessage(helloContract, payload);
    if (version !== null && !isReadable) {
      // A newer edge that also speaks our version says hello again in it, and needs no alarm.
      const isFar = version < PROTOCOL_OLDEST || (oldestVersionOf(payload) ?? version) > PROTOCOL_VERSION;
      this.#enqueue("hello", () => this.#sayUnsupported(hello?.sent_mono ?? null, isFar ? version : null));
    } else if (hello?.device_id === this.connection.deviceId) this.#enqueue("hello", () => this.#greet(hello));
    else this.#unreadable("up/hello");
  }

  async #greet(hello: Hello): Promise<void> {
    const { ledger } = this.#options.context;
    if (this.#ended.signal.aborted) return;
    const answer = await ledger.answerHello(this.connection, hello);
    if (answer === null) return this.#log("debug", { sent: hello.sent_mono }, "A hello came late; it was passed over.");
    await ledger.recordHello(this.#link, hello);
    this.#stoppedHello = answer.status === "fork" || answer.status === "edge_behind" ? hello : null;
    this.#greeting = { linkNonce: hello.link_nonce, epoch: answer.position.epoch };
    this.#confirm(answer, hello.sent_mono);
    // Answered also when it is current: until then the edge doesn't know its age (SYNC-10).
    const have = { version: hello.replica_version, checksum: hello.replica_checksum };
    this.#replica.asked({ have, want: "deltas", echoMono: null });
    this.commandsWaiting();
  }

  #receiveReplicaRequest(payload: Uint8Array): void {
    const request = parseMessage(replicaRequest, payload);
    if (request?.device_id !== this.connection.deviceId) return this.#unreadable("up/replica-request");
    const { have: version, checksum, want, sent_mono: echoMono = null } = request;
    this.#replica.asked({ have: { version, checksum }, want, echoMono });
  }

  #receiveResult(payload: Uint8Array): void {
    const result = parseMessage(commandResult, payload);
    const { deviceId } = this.connection;
    if (result?.device_id !== deviceId) return this.#unreadable("up/command-results");
    this.#enqueue("result", () => this.#options.context.ledger.recordCommandResult(deviceId, result));
  }

  /** `alarmOf`: the device's version, when no version that both speak is left. */
  async #sayUnsupported(echoMono: number | null, alarmOf: number | null = null): Promise<void> {
    const { ledger } = this.#options.context;
    if (alarmOf !== null) await ledger.reportVersion(this.connection, alarmOf);
    this.#confirm(unsupported(await ledger.ingest(this.connection, [])), echoMono);
  }

  #confirm(answer: IngestAnswer, echoMono: number | null): void {
    const { deviceId } = this.connection;
    const message: Confirm = confirmation({ deviceId, answer, cloudAt: this.#options.context.clock.wall(), echoMono });
    if (answer.status !== "ok") this.#log("warn", { status: answer.status }, answer.message ?? "The stream stands.");
    this.#options.transport
      .send(this.connection, "down/confirm", JSON.stringify(message))
      // The edge says hello again when it has connected anew, and hears then.
      .catch((error: unknown) => this.#log("debug", { err: error }, "A confirmation was not sent."));
  }

  /** Does a job after those before it, again and again until it succeeds or the connection ends. */
  #enqueue(what: string, job: () => Promise<void>): void {
    const { realClock: clock, random } = this.#options.context;
    const { signal } = this.#ended;
    const onFailure = (error: unknown, attempt: number): void => this.#failed(what, error, attempt);
    const retry = { clock, random, backoff: RETRY, signal, onFailure };
    const isTaken = this.#control.add(() => retryUntil(job, retry).catch(() => undefined));
    if (!isTaken) this.#log("warn", { what }, "A message was dropped: too many wait.");
  }

  #failed(what: string, error: unknown, attempt: number): void {
    this.#log("error", { what, attempt, err: error }, "The database did not take what an edge sent.");
    // Enrolled elsewhere, or removed: no try will succeed.
    if (errorCode(error) === "device_unknown") this.#options.transport.disconnect(this.connection);
  }

  #unreadable(what: string): void {
    this.#log("warn", { what }, "An edge sent something that can't be read; it was dropped.");
  }

  #log(level: "debug" | "warn" | "error", details: Record<string, unknown>, message: string): void {
    const { deviceId, lotId } = this.connection;
    this.#options.context.log[level]({ device: deviceId, lot: lotId, ...details }, message);
  }
}
