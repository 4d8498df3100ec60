import type { EdgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { chainHash, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import type { Database } from "better-sqlite3";
import type { HeadHolder } from "./outbox-append.ts";

/** Rows that are rewritten at a time, so that memory stays bounded whatever the backlog. */
const REWRITE_STEP = 500;

interface OutboxRow {
  readonly n: number;
  readonly line: string;
  readonly at: number;
  readonly quality: string;
}

/**
 * Begins an epoch within the running transaction: what comes after `keepAfterN` gets new numbers from 1 and a chain of
 * its own, in the same order. New numbers never exceed old ones, so rows move forward without meeting.
 */
export function rewriteEpoch(
  db: Database,
  holder: HeadHolder,
  { epoch, keepAfterN }: { readonly epoch: number; readonly keepAfterN: number },
): void {
  const next = db.prepare<[number, number], OutboxRow>(
    "SELECT n, line, at, quality FROM outbox WHERE n > ? ORDER BY n LIMIT ?",
  );
  const put = db.prepare<[number, string, string, number, string, number]>(
    "INSERT OR REPLACE INTO outbox (n, line, hash, at, quality, end_offset) VALUES (?, ?, ?, ?, ?, ?)",
  );
  let n = 0;
  let hash = ZERO_HASH;
  let endOffset = 0;
  let done = keepAfterN;
  for (let rows = next.all(done, REWRITE_STEP); rows.length > 0; rows = next.all(done, REWRITE_STEP)) {
    for (const row of rows) {
      n += 1;
      const line = JSON.stringify({ ...(JSON.parse(row.line) as EdgeEvent), n });
      hash = chainHash(hash, line);
      endOffset += Buffer.byteLength(line) + 1;
      put.run(n, line, hash, row.at, row.quality, endOffset);
      done = row.n;
    }
  }
  db.prepare("DELETE FROM outbox WHERE n > ?").run(n);
  db.prepare(
    "UPDATE outbox_head SET epoch = ?, confirmed_n = 0, confirmed_hash = ?, pruned_n = 0, pruned_hash = ?, pruned_offset = 0, wants_epoch = 0",
  ).run(epoch, ZERO_HASH, ZERO_HASH);
  holder.set({
    epoch,
    lastN: n,
    lastHash: hash,
    endOffset,
    confirmedN: 0,
    confirmedHash: ZERO_HASH,
    wantsEpoch: false,
    prunedN: 0,
    prunedHash: ZERO_HASH,
    prunedOffset: 0,
  });
}
