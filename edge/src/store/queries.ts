import { existsSync, statfsSync, statSync } from "node:fs";
import type { SessionStatus } from "@gatehouse/shared/contracts/primitives.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Database } from "better-sqlite3";
import type { EdgeQueries, SessionRow } from "./edge-queries.ts";
import { prepareJournalReads } from "./journal-store.ts";
import { databasePath, openReader } from "./open-database.ts";
import { readHead } from "./outbox-append.ts";
import { prepareOutboxReads } from "./outbox-read.ts";
import { holdGeneration } from "./replica-generations.ts";

/** Rows of one answer at most. */
const LIMIT_MAX = 1_000;

/** All but what only the writing side knows. */
export interface OpenQueries extends Omit<EdgeQueries, "share"> {
  close(): void;
}

/** Views over a connection of their own that can only read. Throws `store_failed` when there is no store. */
export function openQueries(directory: string): OpenQueries {
  const db = openReader(directory);
  const sessions = prepareSessionQuery(db);
  const journal = prepareJournalReads(db);
  return {
    sessions,
    journal: (filter) => journal({ ...filter, limit: bounded(filter.limit) }),
    outbox: () => {
      const head = readHead(db);
      return prepareOutboxReads(db, { get: () => head }).status();
    },
    replica: () => {
      const { version, checksum, items, confirmedAt } = holdGeneration(db).get();
      return { version, checksum, items, confirmedAt };
    },
    disk: () => diskOf(directory),
    close: () => void db.close(),
  };
}

interface SessionRecord extends Omit<SessionRow, "enteredAt" | "exitedAt"> {
  readonly status: SessionStatus;
  readonly enteredAt: number;
  readonly exitedAt: number | null;
}

/** Newest first. `plate` is compared as it is kept: normalised. */
function prepareSessionQuery(db: Database): EdgeQueries["sessions"] {
  const columns = `session_id AS id, plate, ticket, kind, status, entered_at AS enteredAt, ended_at AS exitedAt,
    fee_minor AS feeMinor, paid_minor AS paidMinor, currency, end_reason AS closeReason`;
  const query = db.prepare<[number, string | null, string | null, number], SessionRecord>(
    `SELECT ${columns} FROM sessions WHERE (? = 0 OR status IN ('open', 'paid')) AND (? IS NULL OR plate = ?)
     ORDER BY session_id DESC LIMIT ?`,
  );
  return ({ openOnly, plate, limit }) =>
    query.all(openOnly ? 1 : 0, plate, plate, bounded(limit)).map((row) => ({
      ...row,
      enteredAt: wallMs(row.enteredAt),
      exitedAt: row.exitedAt === null ? null : wallMs(row.exitedAt),
    }));
}

function diskOf(directory: string): { readonly usedBytes: number; readonly freeBytes: number } {
  const path = databasePath(directory);
  const sizes = [path, `${path}-wal`].map((file) => (existsSync(file) ? statSync(file).size : 0));
  const { bavail, bsize } = statfsSync(directory);
  return { usedBytes: sizes.reduce((sum, size) => sum + size, 0), freeBytes: bavail * bsize };
}

function bounded(limit: number): number {
  return Math.max(0, Math.min(limit, LIMIT_MAX));
}
