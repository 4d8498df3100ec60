import type { Database } from "better-sqlite3";
import type { HeadHolder, HeadState } from "./outbox-append.ts";
import type { Stamp } from "./store-port.ts";

/** Rows deleted in one transaction: small, since gates decide in between. */
export const PRUNE_STEP = 200;

interface PrunableRow {
  readonly n: number;
  readonly hash: string;
  readonly end_offset: number;
}

/**
 * Deletes what is confirmed and older than the keep window (SYNC-06); gives the number of events. An age counts only
 * between two trusted times; an event stamped by an unset clock is as old as the next trusted one after it.
 */
export function preparePrune(db: Database, holder: HeadHolder): (now: Stamp, keepMs: number) => number {
  const oldEnough = db.prepare<[number, number, number, number], Pick<PrunableRow, "n">>(
    `SELECT n FROM
       (SELECT n, at FROM outbox WHERE n > ? AND n <= ? AND quality <> 'unknown' ORDER BY n LIMIT ?)
     WHERE at < ? ORDER BY n DESC LIMIT 1`,
  );
  const rowAt = db.prepare<[number], PrunableRow>("SELECT n, hash, end_offset FROM outbox WHERE n = ?");
  const remove = db.prepare<[number]>("DELETE FROM outbox WHERE n <= ?");
  const writePruned = db.prepare<[number, string, number]>(
    "UPDATE outbox_head SET pruned_n = ?, pruned_hash = ?, pruned_offset = ?",
  );
  /** Up to where rows are old enough: many steps, where an unset clock stamped many events. */
  let knownN = 0;

  function untilN({ prunedN, confirmedN }: HeadState, olderThan: number): number {
    if (knownN <= prunedN) knownN = oldEnough.get(prunedN, confirmedN, PRUNE_STEP, olderThan)?.n ?? 0;
    return Math.min(knownN, confirmedN, prunedN + PRUNE_STEP);
  }

  return (now, keepMs) => {
    if (now.quality === "unknown") return 0;
    const head = holder.get();
    const until = untilN(head, now.at - keepMs);
    const last = until > head.prunedN ? rowAt.get(until) : undefined;
    if (last === undefined) return 0;
    writePruned.run(last.n, last.hash, last.end_offset);
    holder.set({ ...head, prunedN: last.n, prunedHash: last.hash, prunedOffset: last.end_offset });
    return remove.run(last.n).changes;
  };
}
