import type { BatchHeader, EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { OutboxStatus } from "./edge-queries.ts";

/** Where this device's stream of events stands. Hashes are 64 hex digits; H(0) is 64 zeros. Numbers go on over epochs. */
export interface OutboxHead {
  readonly epoch: number;
  readonly lastN: number;
  readonly lastHash: string;
  readonly confirmedN: number;
  readonly confirmedHash: string;
  /** What stands before the first event that is still kept. */
  readonly prunedN: number;
  readonly prunedHash: string;
  /** The store is new or was restored: before it sends, the cloud says in which epoch (SYNC-07). */
  readonly wantsEpoch: boolean;
}

export interface OutboxBatch {
  readonly header: Omit<BatchHeader, "v" | "device_id">;
  /** Event lines without line ends, exactly as they were hashed. */
  readonly lines: readonly string[];
  readonly lastN: number;
  readonly lastHash: string;
}

export interface BatchLimits {
  /** At least 1. */
  readonly maxEvents: number;
  /** Bytes of the lines with one line end each. A first line that is longer alone is given nevertheless. */
  readonly maxBytes: number;
}

/** Where the cloud says that it stands. */
export interface CloudCursor {
  readonly epoch: number;
  readonly cursor: number;
  readonly hash: string;
}

export type CursorAnswer =
  /** `confirmedN` stands at the cursor now. */
  | { readonly kind: "moved" }
  /** At or below what was confirmed before: nothing changed. */
  | { readonly kind: "known" }
  | { readonly kind: "other_epoch"; readonly epoch: number }
  /** The cloud has events that this store never wrote: this store was rolled back (SYNC-08). */
  | { readonly kind: "cloud_ahead"; readonly lastN: number }
  /** The same n with another content. */
  | { readonly kind: "fork"; readonly n: number; readonly ourHash: string }
  /** That far back nothing is kept any more; `oldestN` is the first event that can still be sent. */
  | { readonly kind: "pruned"; readonly oldestN: number };

/** Events written in the same transaction as what they tell of, kept until confirmed and older than the keep window. */
export interface Outbox {
  /** Appends one event in a transaction of its own; resolves with its n when it is durable, with null as `emit` does. */
  append(body: EdgeEventBody): Promise<number | null>;
  /** As of the last commit. */
  head(): OutboxHead;
  status(): OutboxStatus;
  /** H(n), or null when n is not kept. */
  hashAt(n: number): string | null;
  /** Events from `fromN` on; null when there are none or `fromN` is no longer kept. */
  readBatch(fromN: number, limits: BatchLimits): OutboxBatch | null;
  /**
   * Takes a confirmation; counts at once in memory and reaches the disk with a later commit, since losing it only
   * makes us ask the cloud again.
   */
  confirm(cursor: CloudCursor): CursorAnswer;
  /** For a cloud that was restored to an earlier point: takes `confirmedN` back to its cursor, so that all is sent again. */
  rewind(cursor: CloudCursor): CursorAnswer;
  /**
   * Begins a new epoch (SYNC-07); numbers, hashes and events go on. Rejects with `store_failed`; throws RangeError when the
   * epoch does not grow.
   */
  beginEpoch(epoch: number): Promise<void>;
  /** The cloud has agreed to the epoch; as `confirm`, it reaches the disk with a later commit. */
  epochAgreed(): void;
  /** Calls back after each commit that appended events; returns what ends it. */
  onAppended(listener: () => void): () => void;
  /**
   * Deletes a few events that are confirmed and older than the keep window (SYNC-06); resolves with how many: none while
   * the cloud has not been heard for long.
   */
  pruneStep(): Promise<number>;
}
