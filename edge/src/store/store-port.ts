import type { EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock, MonoMs, WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { PressureLevel, StoreShare } from "@gatehouse/shared/sync/disk-pressure.ts";
import type { CommandLog } from "./command-log-port.ts";
import type { DiskSpace } from "./disk-measure.ts";
import type { EdgeQueries } from "./edge-queries.ts";
import type { CommitWish } from "./group-commit.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { Outbox } from "./outbox-port.ts";
import type { DecisionRecords } from "./records.ts";
import type { ReplicaStore } from "./replica-port.ts";

export type StoreErrorCode =
  /** A commit failed: disk full, read-only or broken, or too many requests wait. */
  | "store_failed"
  /** Another agent has this store open. */
  | "store_locked"
  /** Written by a newer agent, or not a store of ours. */
  | "store_unreadable"
  /** The file is damaged. */
  | "store_corrupt";

/** Structured log; a pino logger is one. */
export interface StoreLog {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

/** When something happened, as each event says it (SYNC-13). */
export interface Stamp {
  /** Never below the latest trusted time that this store has seen; then the quality is `unknown`. */
  readonly at: WallMs;
  readonly mono: MonoMs;
  readonly boot: Uuid;
  readonly quality: ClockQuality;
}

/** What a transaction's work may do; valid only during the call. */
export interface StoreTransaction {
  readonly stamp: Stamp;
  /** Gives the event its n in this transaction (SYNC-02); null for telemetry that is left out for want of space (SYNC-14). */
  emit(body: EdgeEventBody): number | null;
  journal(entry: JournalEntry): void;
}

export interface StoreHealth {
  readonly ok: boolean;
  /** What an operator does about it; null when all is well. */
  readonly message: string | null;
}

export interface OpenStoreOptions {
  /** Holds the database and its lock; made with mode 0700 when it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly clockQuality: () => ClockQuality;
  readonly log: StoreLog;
  /** How long confirmed events are kept (SYNC-06); 7 days when left out. */
  readonly keepConfirmedMs?: number;
  /** At this size appends fail with `store_failed` as on a full disk; no limit when left out. */
  readonly maxBytes?: number;
  /** What the store may take of its disk (SYNC-14); left out, nothing is dropped or refused before the disk is full. */
  readonly share?: StoreShare;
  /** Asks the disk; left out, by statfs(2). */
  readonly diskSpace?: () => DiskSpace;
}

/** One agent's SQLite database. */
export interface EdgeStore {
  /** Id of this run of the agent; `mono` of its stamps counts from the same start. */
  readonly boot: Uuid;
  readonly outbox: Outbox;
  readonly replica: ReplicaStore;
  readonly commands: CommandLog;
  readonly journal: Journal;
  readonly queries: EdgeQueries;
  /** For the decision desk. */
  readonly records: DecisionRecords;
  stamp(): Stamp;
  /** The latest time that was synced: it is that late at least (SYNC-13). 0 before the first. */
  timeFloor(): WallMs;
  /**
   * Runs `work` in the next group commit and resolves with its value after the COMMIT. When `work` throws, its own
   * changes alone are undone and the promise rejects with what it threw; when the commit fails, with `store_failed`.
   * An urgent one, for which a vehicle waits, takes no notes along.
   */
  transact<T>(work: (tx: StoreTransaction) => T, wish?: CommitWish): Promise<T>;
  health(): StoreHealth;
  /** What has to give for want of space, at this moment; no IO. */
  pressure(): PressureLevel;
  /** Commits what is queued, then closes. May be called more than once. */
  close(): Promise<void>;
}
