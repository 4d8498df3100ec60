import type { ReplicaDelta, ReplicaItem, ReplicaSnapshot } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { type Clock, later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { checksumOf } from "@gatehouse/shared/sync/replica-checksum.ts";
import type { Database } from "better-sqlite3";
import type { GroupCommit } from "./group-commit.ts";
import { type GenerationHolder, type GenerationRow, prepareGenerations } from "./replica-generations.ts";
import { type ItemsDigest, prepareReplicaItems } from "./replica-items.ts";
import type { ReplicaAnswer, ReplicaStore } from "./replica-port.ts";
import type { Stamp } from "./store-port.ts";

/** Rows of a dropped generation that are deleted in one transaction, since gates decide in between. */
export const CLEAR_STEP = 500;

export interface ReplicaStoreOptions {
  readonly db: Database;
  readonly commit: Pick<GroupCommit, "transact" | "defer">;
  readonly clock: Pick<Clock, "mono">;
  readonly stamp: () => Stamp;
  readonly holder: GenerationHolder;
}

export interface ReplicaParts {
  readonly replica: ReplicaStore;
  /** Deletes some of what is no longer in force, within the running transaction; false when nothing is left. */
  clearStep(): boolean;
}

/**
 * Items belong to a generation; exactly one is in force. A delta changes that one in one transaction; a snapshot fills
 * another one part by part, and the last part puts it in force by changing one row. So a decision sees one version
 * wholly, and 100,000 permits never stop a lane (SYNC-09).
 */
export function createReplicaStore({ db, commit, clock, stamp, holder }: ReplicaStoreOptions): ReplicaParts {
  const rows = prepareGenerations(db);
  const items = prepareReplicaItems(db);
  const readItems = db.prepare<[number, string, number], ReplicaItem>(
    "SELECT collection, key, value FROM replica_items WHERE generation = ? AND collection = ? ORDER BY key LIMIT ?",
  );
  const readAll = db.prepare<[number], ReplicaItem>(
    "SELECT collection, key, value FROM replica_items WHERE generation = ?",
  );
  let confirmedMono: MonoMs | null = null;

  function confirmNow(generation: number, ageMs: number): void {
    confirmedMono = later(clock.mono(), -ageMs);
    const at = later(stamp().at, -Math.round(ageMs));
    holder.set({ ...holder.get(), confirmedAt: at });
    commit.defer("replica_confirmed", () => rows.setConfirmed(generation, at));
  }

  function delta({ from, to, checksum, changes }: ReplicaDelta): ReplicaAnswer {
    const current = holder.get();
    if (to <= current.version) return { kind: "known", version: current.version };
    if (from !== current.version) return { kind: "gap", have: current.version };
    const start: ItemsDigest = { checksum: current.checksum, items: current.items };
    const after = changes.reduce((digest, change) => items.change(current.generation, change, digest), start);
    if (after.checksum !== checksum) throw new ChecksumMismatch(after.checksum);
    const next = { ...current, version: to, ...after };
    rows.update(next);
    holder.set(next);
    return { kind: "applied", version: to, checksum };
  }

  function snapshotPart(part: ReplicaSnapshot): ReplicaAnswer {
    const current = holder.get();
    if (part.version === current.version && part.checksum === current.checksum) {
      return { kind: "known", version: current.version };
    }
    const staged = rows.stagedFor(part.version, part.checksum) ?? rows.beginStaging(part.version, part.checksum);
    const filled = rows.claimPart(staged.generation, part.part) ? fill(staged, part) : staged;
    const partsMissing = part.parts - rows.partsOf(staged.generation);
    if (partsMissing > 0) return { kind: "staged", partsMissing };
    return putInForce(filled, part, current);
  }

  function fill(staged: GenerationRow, part: ReplicaSnapshot): GenerationRow {
    const start: ItemsDigest = { checksum: staged.checksum, items: staged.items };
    const after = part.items.reduce((digest, item) => items.put(staged.generation, item, digest), start);
    const filled = { ...staged, ...after };
    rows.update(filled);
    return filled;
  }

  function putInForce(filled: GenerationRow, part: ReplicaSnapshot, current: GenerationRow): ReplicaAnswer {
    if (filled.checksum !== part.checksum || filled.items !== part.item_count) {
      rows.drop(filled.generation);
      return { kind: "mismatch", have: current.version, computed: filled.checksum };
    }
    rows.drop(current.generation);
    rows.promote(filled.generation);
    holder.set(filled);
    return { kind: "applied", version: filled.version, checksum: filled.checksum };
  }

  function clearStep(): boolean {
    const generation = rows.dropped();
    if (generation === null) return false;
    if (items.clear(generation, CLEAR_STEP) === 0) rows.forget(generation);
    return true;
  }

  async function apply(work: () => ReplicaAnswer, ageMs: number): Promise<ReplicaAnswer> {
    try {
      const answer = await commit.transact(work);
      if (answer.kind === "applied") confirmNow(holder.get().generation, ageMs);
      return answer;
    } catch (error) {
      if (!(error instanceof ChecksumMismatch)) throw error;
      return { kind: "mismatch", have: holder.get().version, computed: error.computed };
    }
  }

  const replica: ReplicaStore = {
    status: () => {
      const { version, checksum, items: count, confirmedAt } = holder.get();
      return { version, checksum, items: count, confirmedAt };
    },
    ageMs: () => (confirmedMono === null ? null : Math.max(0, Math.floor(clock.mono() - confirmedMono))),
    applyDelta: (message, ageMs = 0) => apply(() => delta(message), ageMs),
    applySnapshotPart: (message, ageMs = 0) => apply(() => snapshotPart(message), ageMs),
    confirmCurrent: (version, checksum, ageMs = 0) => {
      const current = holder.get();
      if (current.version !== version || current.checksum !== checksum) return false;
      confirmNow(current.generation, ageMs);
      return true;
    },
    items: ({ collection, limit }) => readItems.all(holder.get().generation, collection, Math.min(limit, 1_000)),
    recomputeChecksum: () => checksumOf(readAll.iterate(holder.get().generation)),
  };
  return { replica, clearStep };
}

/** Undoes the delta's transaction on its way out. */
class ChecksumMismatch extends Error {
  readonly computed: string;

  constructor(computed: string) {
    super("The replica's checksum differs from the cloud's");
    this.computed = computed;
  }
}
