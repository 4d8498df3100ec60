import type { EdgeConnection } from "@gatehouse/cloud/hub/edge-transport.ts";
import { ReplicaFeed } from "@gatehouse/cloud/hub/replica/replica-feed.ts";
import {
  type NextVersion,
  nextVersion,
  type ReplicaHead,
  toChange,
} from "@gatehouse/cloud/services/replica/next-version.ts";
import {
  joinSteps,
  type ReplicaQuestion,
  type ReplicaUpdate,
  snapshotParts,
} from "@gatehouse/cloud/services/replica/update-messages.ts";
import type { ReplicaStore } from "@gatehouse/edge/store/replica-port.ts";
import { createCloudClock } from "@gatehouse/edge/uplink/cloud-clock.ts";
import { createReplicaFollower, type ReplicaFollower } from "@gatehouse/edge/uplink/replica-follower.ts";
import type { ReplicaItem, ReplicaRequest } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import { BadCarrier } from "./bad-carrier.ts";

const ID = "0190f3a1-0000-7000-8000-000000000001";
const TICK_MS = 500;
/** The way of a question about the database. */
const READ_MS = 5;
/** Versions that deltas are kept for; few, so that snapshots come too. */
const STEPS_KEPT = 6;

/** The cloud's replica of one lot as its tables hold it, in memory. */
export class CloudReplica {
  head: ReplicaHead = { version: 0, checksum: EMPTY_CHECKSUM, itemCount: 0 };
  readonly items = new Map<string, ReplicaItem>();
  /** The checksum that belongs to each version. */
  readonly history = new Map<number, string>([[0, EMPTY_CHECKSUM]]);
  readonly #steps: { version: number; checksum: string; changes: NextVersion["changes"] }[] = [];

  /** Puts or deletes the entry of a plate; no new version when nothing differs. */
  change(plate: string, reason: string | null): void {
    const entry = { entry_id: plate, plate, action: "refuse", reason: reason ?? "", until: null } as const;
    const wanted =
      reason === null
        ? toChange({ op: "delete", collection: "blocklist", key: plate })
        : toChange({ op: "put", collection: "blocklist", value: entry });
    const next = nextVersion(this.head, [...this.items.values()], [wanted]);
    if (!next) return;
    for (const change of next.changes) {
      if (change.op === "delete") this.items.delete(change.key);
      else this.items.set(change.key, { collection: change.collection, key: change.key, value: change.value });
    }
    this.head = next.head;
    this.history.set(next.head.version, next.head.checksum);
    this.#steps.push({ version: next.head.version, checksum: next.head.checksum, changes: next.changes });
    if (this.#steps.length > STEPS_KEPT) this.#steps.shift();
  }

  read({ have, want }: ReplicaQuestion): ReplicaUpdate {
    const behind = this.head.version - have.version;
    const steps = this.#steps.filter(({ version }) => version > have.version);
    const leads = want === "deltas" && behind >= 0 && steps.length === behind;
    if (!leads || (behind === 0 && have.checksum !== this.head.checksum))
      return { head: this.head, messages: snapshotParts(this.head, [...this.items.values()]) };
    if (behind > 0) return { head: this.head, messages: joinSteps(have.version, steps) };
    const { version, checksum } = this.head;
    return { head: this.head, messages: [{ v: 4, kind: "delta", from: version, to: version, checksum, changes: [] }] };
  }
}

export interface ReplicaLotOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: ReplicaStore;
}

/** The hub's feed and the edge's follower of one lot, with a bad carrier between them; connections come and go. */
export class ReplicaLot {
  readonly cloud = new CloudReplica();
  readonly down: BadCarrier;
  readonly up: BadCarrier;
  readonly #options: ReplicaLotOptions;
  readonly #follower: ReplicaFollower;
  #link: { readonly feed: ReplicaFeed; readonly end: AbortController } | null = null;

  constructor(options: ReplicaLotOptions) {
    const { clock, random, store } = options;
    this.#options = options;
    this.down = new BadCarrier(clock, random);
    this.up = new BadCarrier(clock, random);
    const quiet = (): void => undefined;
    this.#follower = createReplicaFollower({
      deviceId: ID,
      replica: store,
      clock,
      log: { info: quiet, warn: quiet, error: quiet },
      cloudClock: createCloudClock(clock),
      send: (request) => this.#ask(request),
    });
    clock.every(TICK_MS, () => this.#follower.tick());
  }

  get isLinked(): boolean {
    return this.#link !== null;
  }

  /** A new connection: the edge says what it has, and is answered. */
  connect(): void {
    this.cut();
    const end = new AbortController();
    const link = { feed: this.#feed(end), end };
    this.#link = link;
    const { version, checksum } = this.#options.store.status();
    this.#follower.greeted();
    link.feed.asked({ have: { version, checksum }, want: "deltas", echoMono: null });
  }

  cut(): void {
    this.#link?.end.abort();
    this.#link = null;
    this.#follower.disconnected();
  }

  change(plate: string, reason: string | null): void {
    this.cloud.change(plate, reason);
    this.#link?.feed.push();
  }

  #ask({ have: version, checksum, want, sent_mono }: ReplicaRequest): void {
    const link = this.#link;
    const echoMono = sent_mono ?? null;
    this.up.carry(() => {
      if (this.#link === link) link?.feed.asked({ have: { version, checksum }, want, echoMono });
    });
  }

  #feed({ signal }: AbortController): ReplicaFeed {
    const { clock, random } = this.#options;
    const quiet = (): void => undefined;
    const ledger = {
      readReplica: (question: ReplicaQuestion) =>
        new Promise<ReplicaUpdate>((resolve) => void clock.after(READ_MS, () => resolve(this.cloud.read(question)))),
      recordReplicaSent: () => Promise.resolve(),
    };
    const connection: EdgeConnection = {
      connectionId: ID,
      operatorId: ID,
      lotId: ID,
      deviceId: ID,
      certificateSerial: "1",
    };
    const link = { deviceId: ID, lotId: ID, hubId: ID, connectionId: ID };
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const context = { ledger, clock, realClock: clock, random, log };
    const send = (payload: string): Promise<void> => {
      this.down.carry(() => {
        if (!signal.aborted) void this.#follower.received(Buffer.from(payload));
      });
      return Promise.resolve();
    };
    const transport = { send: (_connection: EdgeConnection, _topic: string, payload: string) => send(payload) };
    return new ReplicaFeed({ context, connection, link, signal, transport });
  }
}
