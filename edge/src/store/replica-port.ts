import type { ReplicaDelta, ReplicaItem, ReplicaSnapshot } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { ReplicaStatus } from "./edge-queries.ts";

export type ReplicaAnswer =
  /** In force from now on. */
  | { readonly kind: "applied"; readonly version: number; readonly checksum: string }
  /** A part of a snapshot was kept; the version in force is still the old one. */
  | { readonly kind: "staged"; readonly partsMissing: number }
  /** At or below the version in force: nothing changed. */
  | { readonly kind: "known"; readonly version: number }
  /** A delta that does not start at our version: ask for deltas from `have`. */
  | { readonly kind: "gap"; readonly have: number }
  /** The state would not be the cloud's: nothing was applied; ask for a snapshot. */
  | { readonly kind: "mismatch"; readonly have: number; readonly computed: string };

/**
 * The edge's copy of what is allowed. A version is in force wholly or not at all (SYNC-09). `ageMs` is how long ago the
 * message's version was the cloud's present one; 0 when left out.
 */
export interface ReplicaStore {
  /** As of the last commit; version 0 and 64 zeros before the first snapshot. */
  status(): ReplicaStatus;
  /** Monotonic time since the version in force was last known to be the cloud's; null when it did not since this process started. */
  ageMs(): number | null;
  /** One transaction. Rejects with `store_failed` when nothing could be committed. */
  applyDelta(delta: ReplicaDelta, ageMs?: number): Promise<ReplicaAnswer>;
  /** One transaction a part; the last missing part checks the whole and puts it in force at once. Parts may come in any order. */
  applySnapshotPart(part: ReplicaSnapshot, ageMs?: number): Promise<ReplicaAnswer>;
  /** The cloud said that `version` with `checksum` is the current one. False when that is not what we have. */
  confirmCurrent(version: number, checksum: string, ageMs?: number): boolean;
  /** Items in force of one collection in key order, for technicians. `limit` is at most 1,000. */
  items(filter: { readonly collection: string; readonly limit: number }): readonly ReplicaItem[];
  /** Computes the checksum of all items in force anew, to compare with the one that is kept. Reads everything. */
  recomputeChecksum(): string;
}
