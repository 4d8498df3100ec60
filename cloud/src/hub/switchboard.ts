import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { CommandKey } from "./ca/command-key.ts";
import type { CertificateIdentity } from "./ca/device-identity.ts";
import { EdgeSession } from "./edge-session.ts";
import type { EdgeConnection, EdgeTransport, Refusal, TransportHandlers, UpMessage } from "./edge-transport.ts";
import type { LinkContext } from "./hub-context.ts";
import { IntakeBudget } from "./ingest/intake-budget.ts";
import { Turnstile } from "./ingest/turnstile.ts";
import { RefusalLog } from "./refusal-log.ts";

/**
 * Ingest transactions at a time. With two Postgres writes all that this process can read for it (measured: no more events
 * a second with three or four), and what others write beside them has more of its processors.
 */
const INGEST_PARALLEL = 2;
/** More for what isn't a backlog: an event that has just happened doesn't wait until a large transaction has ended. */
const INGEST_PARALLEL_SMALL = 1;
/** Of a small transaction; some hundred events, compressed. */
const INGEST_SMALL_MAX_BYTES = 16_384;

export interface SwitchboardOptions {
  readonly context: LinkContext;
  readonly commandKey: CommandKey;
  readonly hubId: Uuid;
}

/** Knows which edges are connected, and passes each what concerns it. */
export class Switchboard implements TransportHandlers {
  readonly #options: SwitchboardOptions;
  readonly #refusals: RefusalLog;
  readonly #budget = new IntakeBudget();
  readonly #turnstile = new Turnstile({
    places: INGEST_PARALLEL,
    smallPlaces: INGEST_PARALLEL_SMALL,
    smallMax: INGEST_SMALL_MAX_BYTES,
  });
  /** By connection. */
  readonly #sessions = new Map<Uuid, EdgeSession>();
  readonly #closing = new Set<Promise<void>>();
  #transport: EdgeTransport | null = null;

  constructor(options: SwitchboardOptions) {
    this.#options = options;
    this.#refusals = new RefusalLog(options.context);
  }

  /** Names the transport; once, before it runs. */
  connect(transport: EdgeTransport): void {
    this.#transport = transport;
  }

  readonly admit = (identity: CertificateIdentity): Promise<Refusal["code"] | null> =>
    this.#options.context.ledger.admit(identity);

  readonly onUp = (connection: EdgeConnection): void => {
    if (!this.#transport) return;
    const { context, commandKey, hubId } = this.#options;
    const session = new EdgeSession({
      context,
      transport: this.#transport,
      connection,
      hubId,
      commandKey,
      budget: this.#budget,
      turnstile: this.#turnstile,
    });
    this.#sessions.set(connection.connectionId, session);
    session.opened();
  };

  readonly onDown = ({ connectionId }: EdgeConnection): void => {
    const session = this.#sessions.get(connectionId);
    if (!session) return;
    this.#sessions.delete(connectionId);
    const closing = session.closed().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  };

  readonly onMessage = async ({ connection, topic, payload }: UpMessage): Promise<void> => {
    await this.#sessions.get(connection.connectionId)?.receive({ topic, payload });
  };

  readonly onRefused = (refusal: Refusal): void => this.#refusals.note(refusal);

  /** A lot's replica has a new version; null: any lot's may have. */
  replicaChanged(lotId: Uuid | null): void {
    for (const session of this.#of("lotId", lotId)) session.replicaChanged();
  }

  /** A device has commands waiting; null: any may have. */
  commandsWaiting(deviceId: Uuid | null): void {
    for (const session of this.#of("deviceId", deviceId)) session.commandsWaiting();
  }

  /** A device was revoked or enrolled anew; null: any may have been. Ends connections that are not allowed any more. */
  devicesChanged(deviceId: Uuid | null): void {
    for (const { connection } of this.#of("deviceId", deviceId)) {
      this.#recheck(connection).catch((error: unknown) =>
        this.#options.context.log.error({ err: error }, "A device's access could not be checked."),
      );
    }
  }

  /** Resolves when what edges have sent so far is committed and confirmed. */
  async settled(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.settled()));
  }

  /** Resolves when the ends of all connections are recorded. */
  async ended(): Promise<void> {
    await Promise.all(this.#closing);
  }

  async #recheck(connection: EdgeConnection): Promise<void> {
    const code = await this.admit(connection);
    if (code === null) return this.#sessions.get(connection.connectionId)?.deviceChanged();
    this.#options.context.log.warn({ device: connection.deviceId, code }, "A device lost its access.");
    this.#transport?.disconnect(connection);
  }

  #of(field: "lotId" | "deviceId", id: Uuid | null): EdgeSession[] {
    return [...this.#sessions.values()].filter(({ connection }) => id === null || connection[field] === id);
  }
}
