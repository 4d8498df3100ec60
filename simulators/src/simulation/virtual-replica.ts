import { prepareReplicaFacts, type ReplicaFactRows } from "@gatehouse/edge/store/replica-facts.ts";
import { holdGeneration } from "@gatehouse/edge/store/replica-generations.ts";
import type { ReplicaAnswer } from "@gatehouse/edge/store/replica-port.ts";
import { createReplicaStore } from "@gatehouse/edge/store/replica-store.ts";
import { openMemoryDatabase } from "@gatehouse/edge/store/testing/memory-database.ts";
import type { ReplicaSink } from "@gatehouse/edge/uplink/ports.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import type { Life } from "./mortal-clock.ts";

/** Between which two steps of storing a message the agent dies. */
export type ReplicaDeath = "replica_queued" | "replica_in_work" | "replica_committed";

/** Longest time that a transaction waits for the card. */
const CARD_MAX_MS = 20;
/** A write that nobody waits for joins another until then. */
const DEFER_MS = SECOND_MS;
/** Transactions that delete what is no longer in force, each time rows are looked for. */
const CLEAR_STEPS_MAX = 50;

const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What the replica's version in force is, and by what it came to be that. */
export interface ReplicaState {
  readonly version: number;
  readonly checksum: string;
}

/** A version came into force: `by` a delta within its generation, or a snapshot in another one. */
export interface ReplicaStep {
  readonly before: ReplicaState;
  readonly after: ReplicaState;
  readonly by: "delta" | "snapshot";
}

/** The replica as one run of the agent has it open. */
export interface OpenReplica {
  readonly sink: ReplicaSink;
  readonly facts: ReplicaFactRows;
  readonly status: () => ReplicaState;
  readonly ageMs: () => number | null;
  /** The checksum of what is really there, read anew. */
  readonly recomputeChecksum: () => string;
  /** Deletes what is no longer in force, as the agent does now and then. */
  readonly clear: () => void;
}

/** Who is told what becomes of a replica. */
export interface ReplicaWatcher {
  /** An agent has opened it. */
  readonly onStarted: (open: OpenReplica) => void;
  /** Another version is in force; `computed` is the checksum of what is really there. */
  readonly onInForce: (step: ReplicaStep, computed: string) => void;
  readonly onAnswer: (answer: ReplicaAnswer) => void;
}

export interface OpenReplicaOptions {
  readonly life: Life;
  readonly clock: Clock;
  readonly random: Random;
  readonly boot: Uuid;
  /** True when the agent dies at this step. */
  readonly dies: (step: ReplicaDeath) => boolean;
  readonly watcher: ReplicaWatcher;
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The part of an edge's card that holds its replica: the store's real schema, in an SQLite database in memory. */
export class ReplicaCard {
  #db = openMemoryDatabase();

  copy(): Buffer {
    return this.#db.serialize();
  }

  /** The card becomes an earlier copy of itself, or empty; only while no agent has it open. */
  setBack(bytes?: Buffer): void {
    this.#db.close();
    this.#db = openMemoryDatabase(bytes);
  }

  /** Opens it with the store's own code; commits take their time, and the agent may die around each. */
  open({ life, clock, random, boot, dies, watcher }: OpenReplicaOptions): OpenReplica {
    const db = this.#db;
    const holder = holdGeneration(db);
    const waiting: Waiting[] = [];
    const deferred = new Map<string, () => void>();

    function atomically(work: () => unknown): { readonly value: unknown } | null {
      const before = holder.get();
      const restore = holder.save();
      db.exec("BEGIN IMMEDIATE");
      try {
        const value = work();
        if (dies("replica_in_work")) {
          db.exec("ROLLBACK");
          return null;
        }
        db.exec("COMMIT");
        const after = holder.get();
        const by = before.generation === after.generation ? "delta" : "snapshot";
        if (before.checksum !== after.checksum || before.version !== after.version)
          watcher.onInForce({ before, after, by }, replica.recomputeChecksum());
        return { value };
      } catch (error) {
        db.exec("ROLLBACK");
        restore();
        throw error;
      }
    }

    function next(): void {
      const request = waiting.shift();
      if (request === undefined || dies("replica_queued")) return;
      try {
        const done = atomically(request.work);
        if (done === null || dies("replica_committed")) return;
        request.resolve(done.value);
      } catch (error) {
        request.reject(error);
      }
      if (waiting.length > 0) soon();
    }

    function soon(): void {
      clock.after(randomInt(random, 1, CARD_MAX_MS), next);
    }

    function transact<T>(work: () => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
        if (waiting.length === 1) soon();
      });
    }

    function defer(key: string, work: () => void): void {
      if (deferred.size === 0)
        clock.after(DEFER_MS, () => {
          const due = [...deferred.values()];
          deferred.clear();
          atomically(() => due.forEach((write) => void write()));
        });
      deferred.set(key, work);
    }

    const stamp = () => ({ at: clock.wall(), mono: clock.mono(), boot, quality: "unknown" }) as const;
    const { replica, clearStep } = createReplicaStore({ db, commit: { transact, defer }, clock, stamp, holder });
    const answered = async (answer: Promise<ReplicaAnswer>): Promise<ReplicaAnswer> => {
      const said = await answer;
      if (life.isOver) return new Promise(() => undefined);
      watcher.onAnswer(said);
      return said;
    };
    return {
      sink: {
        status: replica.status,
        applyDelta: (delta, ageMs) => (life.isOver ? never() : answered(replica.applyDelta(delta, ageMs))),
        applySnapshotPart: (part, ageMs) => (life.isOver ? never() : answered(replica.applySnapshotPart(part, ageMs))),
        confirmCurrent: (...told) => !life.isOver && replica.confirmCurrent(...told),
      },
      facts: prepareReplicaFacts(db, holder, silentLog),
      status: replica.status,
      ageMs: replica.ageMs,
      recomputeChecksum: replica.recomputeChecksum,
      clear: () => {
        for (let step = 0; step < CLEAR_STEPS_MAX; step++) if (atomically(clearStep)?.value !== true) return;
      },
    };
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
