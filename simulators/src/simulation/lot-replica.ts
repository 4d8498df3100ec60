import type { ReplicaQuestion, ReplicaUpdate } from "@gatehouse/cloud/services/replica/update-messages.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import { MemoryReplica } from "./memory-replica.ts";
import { ReplicaWatch } from "./replica-rules.ts";
import { drawEdits, firstEdits, PLATES } from "./replica-traffic.ts";
import type { Verdicts } from "./sync-rules.ts";
import type { OpenReplica, ReplicaWatcher } from "./virtual-replica.ts";

/** Versions that deltas are kept for; far fewer than the product's, so that an edge falls behind them in a run. */
const STEPS_KEPT = 30;

export interface LotReplicaOptions {
  readonly random: Random;
  readonly verdicts: Verdicts;
  readonly name: string;
  readonly lotId: Uuid;
  readonly laneId: Uuid;
  readonly now: () => number;
}

/** What one lot's gates decide by: the cloud's tables of it, its changes, and the watch over its way to the edge. */
export class LotReplica {
  readonly watch: ReplicaWatch;
  /** Told by the lot's own edge. */
  readonly watcher: ReplicaWatcher;
  readonly #cloud = new MemoryReplica();
  readonly #options: LotReplicaOptions;

  constructor(options: LotReplicaOptions) {
    const { verdicts, name, now, lotId, laneId } = options;
    this.#options = options;
    this.watch = new ReplicaWatch(verdicts, name, now);
    this.watcher = {
      onStarted: (open) => this.watch.started(open),
      onInForce: (step, computed) => this.watch.inForce(step, computed),
      onAnswer: ({ kind }) => {
        if (kind === "mismatch") this.watch.mismatches++;
        if (kind === "staged") this.watch.stagings++;
      },
    };
    this.#cloud.record(firstEdits(lotId, laneId));
    this.watch.published(this.#cloud);
  }

  /** Somebody changes permits, the blocklist or a tariff; the hub is not told of it yet. */
  change(): void {
    const { random, lotId, laneId } = this.#options;
    const { version } = this.#cloud.head();
    if (!this.#cloud.record(drawEdits(random, { lotId, laneId, version }))) return;
    this.#cloud.compact(STEPS_KEPT);
    this.watch.published(this.#cloud);
  }

  /** The changes that deltas are made of are gone: whoever is behind needs a snapshot. */
  forgetSteps(): void {
    this.#cloud.compact(0);
  }

  /** What the hub reads for a connection. */
  read(question: ReplicaQuestion): ReplicaUpdate {
    return this.#cloud.read(question);
  }

  /** A decision at a lane looks a vehicle up. */
  decide(open: OpenReplica): void {
    const { random, lotId } = this.#options;
    this.watch.decides(open, randomInt(random, 0, PLATES - 1), lotId);
  }

  backup(): ReturnType<MemoryReplica["backup"]> {
    return this.#cloud.backup();
  }

  restore(tables: ReturnType<MemoryReplica["backup"]>): void {
    this.#cloud.restore(tables);
    this.watch.restored(this.#cloud);
  }
}
