import type { EdgeEventBody, EdgeEventType } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Database } from "better-sqlite3";
import type { GroupCommit } from "./group-commit.ts";
import { beginEpoch, type HeadHolder, type HeadState, prepareAppend } from "./outbox-append.ts";
import type { BatchLimits, CloudCursor, CursorAnswer, Outbox, OutboxBatch } from "./outbox-port.ts";
import { preparePrune } from "./outbox-prune.ts";
import { prepareOutboxReads } from "./outbox-read.ts";
import type { Stamp } from "./store-port.ts";

/** SYNC-06: more than the time after which a cloud restored from a backup may ask for events again. */
export const KEEP_CONFIRMED_MS = 7 * DAY_MS;

/**
 * Nothing is deleted when the cloud's last word is older: its restoring, and all the time until it was heard again, would
 * else have to fit into the keep window as well. A connected cloud answers every minute.
 */
export const AGREED_WITHIN_MS = HOUR_MS;

export interface OutboxOptions {
  readonly db: Database;
  readonly holder: HeadHolder;
  readonly commit: GroupCommit;
  readonly clock: Pick<Clock, "mono">;
  readonly stamp: () => Stamp;
  readonly keepConfirmedMs: number;
  /** Leaves an event of this type out (SYNC-14). */
  readonly drops: (type: EdgeEventType, stamp: Stamp) => boolean;
  /** Told in SQLite's words when a read meets a damaged page. */
  readonly onDamage: (what: string) => void;
}

export interface OutboxParts {
  readonly outbox: Outbox;
  /** Gives null for what is left out. */
  readonly append: (body: EdgeEventBody, stamp: Stamp) => number | null;
  /** To be called after each commit. */
  announce(): void;
}

/** The outbox on the store's writing connection. */
export function createOutbox(options: OutboxOptions): OutboxParts {
  const { db, holder, commit, clock, stamp, keepConfirmedMs, drops, onDamage } = options;
  const reads = prepareOutboxReads(db, holder, onDamage);
  const write = prepareAppend(db, holder);
  const append: OutboxParts["append"] = (body, at) => (drops(body.type, at) ? null : write(body, at));
  const prune = preparePrune(db, holder);
  const writeConfirmed = db.prepare<[number, string]>("UPDATE outbox_head SET confirmed_n = ?, confirmed_hash = ?");
  const writeAgreed = db.prepare("UPDATE outbox_head SET wants_epoch = 0");
  const listeners = new Set<() => void>();
  let announcedN = holder.get().lastN;
  /** Monotonic time of the last word from the cloud that agreed with this store in its present epoch. */
  let agreedMono: number | null = null;

  /** A cloud that was set back may lack what counts as confirmed here; it says so at its next word (SYNC-06). */
  function isCloudNear(): boolean {
    return agreedMono !== null && clock.mono() - agreedMono < AGREED_WITHIN_MS;
  }

  function setConfirmed(confirmedN: number, confirmedHash: string): CursorAnswer {
    agreedMono = clock.mono();
    if (confirmedN === holder.get().confirmedN) return { kind: "known" };
    holder.set({ ...holder.get(), confirmedN, confirmedHash });
    commit.defer("outbox_confirmed", () => {
      const head = holder.get();
      writeConfirmed.run(head.confirmedN, head.confirmedHash);
    });
    return { kind: "moved" };
  }

  function judge({ epoch, cursor, hash }: CloudCursor): CursorAnswer | null {
    const head = holder.get();
    if (epoch !== head.epoch) return { kind: "other_epoch", epoch: head.epoch };
    if (cursor > head.lastN) return { kind: "cloud_ahead", lastN: head.lastN };
    const ourHash = reads.hashAt(cursor);
    if (ourHash === null) return { kind: "pruned", oldestN: head.prunedN + 1 };
    return ourHash === hash ? null : { kind: "fork", n: cursor, ourHash };
  }

  const outbox: Outbox = {
    append: (body) => commit.transact(() => append(body, stamp())),
    head: () => publicHead(holder.get()),
    status: () => reads.status(),
    hashAt: (n) => reads.hashAt(n),
    readBatch: (fromN: number, limits: BatchLimits): OutboxBatch | null => reads.batch(fromN, limits),
    confirm: (cloud) => {
      const head = holder.get();
      if (cloud.epoch === head.epoch && cloud.cursor < head.confirmedN) return { kind: "known" };
      return judge(cloud) ?? setConfirmed(cloud.cursor, cloud.hash);
    },
    rewind: (cloud) => judge(cloud) ?? setConfirmed(cloud.cursor, cloud.hash),
    beginEpoch: (epoch) => {
      if (epoch <= holder.get().epoch) throw new RangeError(`Epoch ${epoch} does not follow ${holder.get().epoch}`);
      agreedMono = null;
      return commit.transact(() => beginEpoch(db, holder, { epoch, wantsEpoch: false }));
    },
    epochAgreed: () => {
      if (!holder.get().wantsEpoch) return;
      holder.set({ ...holder.get(), wantsEpoch: false });
      commit.defer("outbox_epoch_agreed", () => {
        if (!holder.get().wantsEpoch) writeAgreed.run();
      });
    },
    onAppended: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    pruneStep: () => (isCloudNear() ? commit.transact(() => prune(stamp(), keepConfirmedMs)) : Promise.resolve(0)),
  };

  function announce(): void {
    const { lastN } = holder.get();
    if (lastN === announcedN) return;
    announcedN = lastN;
    for (const listener of listeners) listener();
  }

  return { outbox, append, announce };
}

function publicHead(head: HeadState): ReturnType<Outbox["head"]> {
  const { epoch, lastN, lastHash, confirmedN, confirmedHash, prunedN, prunedHash, wantsEpoch } = head;
  return { epoch, lastN, lastHash, confirmedN, confirmedHash, prunedN, prunedHash, wantsEpoch };
}
