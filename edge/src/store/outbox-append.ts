import type { EdgeEvent, EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { EVENT_MAX_BYTES } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { chainHash } from "@gatehouse/shared/sync/hash-chain.ts";
import type { Database } from "better-sqlite3";
import type { MirroredState } from "./group-commit.ts";
import type { OutboxHead } from "./outbox-port.ts";
import { storeError } from "./store-errors.ts";
import type { Stamp } from "./store-port.ts";

export interface HeadState extends OutboxHead {
  /** Bytes of all lines up to `lastN`. */
  readonly endOffset: number;
  readonly prunedOffset: number;
}

export interface HeadHolder extends MirroredState {
  get(): HeadState;
  set(head: HeadState): void;
}

interface HeadRow {
  readonly epoch: number;
  readonly confirmed_n: number;
  readonly confirmed_hash: string;
  readonly pruned_n: number;
  readonly pruned_hash: string;
  readonly pruned_offset: number;
  readonly wants_epoch: number;
}

/** The head as the database has it: the last row of the outbox, or where the chain was cut off behind. */
export function readHead(db: Database): HeadState {
  const row = db.prepare<[], HeadRow>("SELECT * FROM outbox_head").get();
  if (row === undefined) throw storeError("store_corrupt", "The gate's store has no outbox head: set the store aside.");
  const last = db
    .prepare<[], { n: number; hash: string; end_offset: number }>(
      "SELECT n, hash, end_offset FROM outbox ORDER BY n DESC LIMIT 1",
    )
    .get();
  return {
    epoch: row.epoch,
    lastN: last?.n ?? row.pruned_n,
    lastHash: last?.hash ?? row.pruned_hash,
    endOffset: last?.end_offset ?? row.pruned_offset,
    confirmedN: row.confirmed_n,
    confirmedHash: row.confirmed_hash,
    wantsEpoch: row.wants_epoch === 1,
    prunedN: row.pruned_n,
    prunedHash: row.pruned_hash,
    prunedOffset: row.pruned_offset,
  };
}

/** The head in memory, which goes back with its transaction so that an aborted n is given again (SYNC-02). */
export function holdHead(first: HeadState): HeadHolder {
  let head = first;
  return {
    get: () => head,
    set: (next) => {
      head = next;
    },
    save: () => {
      const saved = head;
      return () => {
        head = saved;
      };
    },
  };
}

export type AppendEvent = (body: EdgeEventBody, stamp: Stamp) => number;

/** Appends within the running transaction. Throws RangeError for an event that no batch could carry. */
export function prepareAppend(db: Database, holder: HeadHolder): AppendEvent {
  const insert = db.prepare<[number, string, string, number, string, number]>(
    "INSERT INTO outbox (n, line, hash, at, quality, end_offset) VALUES (?, ?, ?, ?, ?, ?)",
  );
  return (body, { at, mono, boot, quality }) => {
    const head = holder.get();
    const n = head.lastN + 1;
    const line = JSON.stringify({ n, at, mono, boot, quality, body } satisfies EdgeEvent);
    const bytes = Buffer.byteLength(line);
    if (bytes > EVENT_MAX_BYTES)
      throw new RangeError(`An event of type ${body.type} has ${bytes} bytes, over the limit`);
    const lastHash = chainHash(head.lastHash, line);
    const endOffset = head.endOffset + bytes + 1;
    insert.run(n, line, lastHash, at, quality, endOffset);
    holder.set({ ...head, lastN: n, lastHash, endOffset });
    return n;
  };
}

/**
 * Begins an epoch within the running transaction. Numbers, hashes and what is confirmed go on: an event keeps its number for
 * good, and the cloud says at the next hello what of it has to come again (SYNC-06, SYNC-07).
 */
export function beginEpoch(
  db: Database,
  holder: HeadHolder,
  { epoch, wantsEpoch }: { readonly epoch: number; readonly wantsEpoch: boolean },
): void {
  db.prepare("UPDATE outbox_head SET epoch = ?, wants_epoch = ?").run(epoch, wantsEpoch ? 1 : 0);
  holder.set({ ...holder.get(), epoch, wantsEpoch });
}
