import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import type { Database } from "better-sqlite3";
import type { OutboxStatus } from "./edge-queries.ts";
import type { HeadHolder } from "./outbox-append.ts";
import type { BatchLimits, OutboxBatch } from "./outbox-port.ts";
import { damageIn } from "./store-errors.ts";

interface LineRow {
  readonly line: string;
  readonly hash: string;
  readonly end_offset: number;
}

export interface OutboxReads {
  hashAt(n: number): string | null;
  batch(fromN: number, limits: BatchLimits): OutboxBatch | null;
  status(): OutboxStatus;
}

/**
 * Reads of the outbox for the uplink; each is one look-up or one range by n. What a damaged page held counts as not kept
 * any more, and `onDamage` is told in SQLite's words: the uplink has to stop there, the gates have not.
 */
export function prepareOutboxReads(
  db: Database,
  holder: Pick<HeadHolder, "get">,
  onDamage: (what: string) => void = () => {},
): OutboxReads {
  const one = db.prepare<[number], { hash: string; end_offset: number; at: number }>(
    "SELECT hash, end_offset, at FROM outbox WHERE n = ?",
  );
  const range = db.prepare<[number, number, number], LineRow>(
    "SELECT line, hash, end_offset FROM outbox WHERE n BETWEEN ? AND ? AND end_offset <= ? ORDER BY n",
  );

  function ifReadable<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      const damage = damageIn(error);
      if (damage === null) throw error;
      onDamage(damage);
      return null;
    }
  }

  function hashAt(n: number): string | null {
    const head = holder.get();
    if (n === 0) return ZERO_HASH;
    if (n === head.lastN) return head.lastHash;
    if (n === head.prunedN) return head.prunedHash;
    return one.get(n)?.hash ?? null;
  }

  function offsetBefore(n: number): number {
    const head = holder.get();
    return n - 1 === head.prunedN ? head.prunedOffset : (one.get(n - 1)?.end_offset ?? 0);
  }

  function batch(fromN: number, { maxEvents, maxBytes }: BatchLimits): OutboxBatch | null {
    const { epoch, lastN, prunedN } = holder.get();
    const previous = hashAt(fromN - 1);
    if (fromN <= prunedN || fromN > lastN || previous === null) return null;
    const start = offsetBefore(fromN);
    const within = range.all(fromN, Math.min(lastN, fromN + maxEvents - 1), start + maxBytes);
    const rows = within.length > 0 ? within : range.all(fromN, fromN, Number.MAX_SAFE_INTEGER);
    const last = rows.at(-1);
    if (last === undefined) return null;
    return {
      header: { epoch, first: fromN, count: rows.length, previous_hash: previous },
      lines: rows.map(({ line }) => line),
      lastN: fromN + rows.length - 1,
      lastHash: last.hash,
    };
  }

  function status(): OutboxStatus {
    const { epoch, lastN, confirmedN, lastHash, confirmedHash, endOffset } = holder.get();
    const pending = lastN - confirmedN;
    const oldest = pending > 0 ? ifReadable(() => one.get(confirmedN + 1)?.at) : null;
    return {
      epoch,
      lastN,
      confirmedN,
      lastHash,
      confirmedHash,
      pending,
      oldestPendingAt: typeof oldest === "number" ? wallMs(oldest) : null,
      bytes: endOffset - (ifReadable(() => offsetBefore(confirmedN + 1)) ?? endOffset),
    };
  }

  return {
    hashAt: (n) => ifReadable(() => hashAt(n)),
    batch: (fromN, limits) => ifReadable(() => batch(fromN, limits)),
    status,
  };
}
