import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import { monoMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Database } from "better-sqlite3";
import type { EdgeQueries } from "./edge-queries.ts";
import type { GroupCommit, MirroredState } from "./group-commit.ts";
import type { Journal, JournalEntry, StoredJournalEntry } from "./journal.ts";
import type { Stamp } from "./store-port.ts";

/** Entries kept; older ones make room. Some days of a busy lot. */
export const JOURNAL_MAX_ROWS = 50_000;
/** Bytes of entries kept. */
export const JOURNAL_MAX_BYTES = 32 * 1_048_576;
/** A longer entry is replaced by a note that says so. */
export const JOURNAL_ENTRY_MAX_BYTES = 8_192;
/** Notes that wait for a commit; beyond it new ones are dropped and counted. */
export const NOTES_MAX = 2_000;
/** Entries are dropped this many at a time, one step for as many appends, so that no append pays much. */
const DROP_STEP = 64;

interface JournalRow {
  readonly id: number;
  readonly at: number;
  readonly mono_ms: number;
  readonly lane_id: string | null;
  readonly kind: string;
  readonly data: string;
}

interface Prepared {
  readonly stamp: Stamp;
  readonly laneId: Uuid | null;
  readonly kind: string;
  readonly data: string;
}

export interface JournalLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

export interface JournalParts extends MirroredState {
  readonly journal: Journal;
  /** Within the running transaction. */
  write(entry: JournalEntry, stamp: Stamp): void;
}

export interface JournalOptions {
  readonly db: Database;
  readonly stamp: () => Stamp;
  readonly commit: () => GroupCommit;
  readonly limits?: JournalLimits;
}

/** The bounded record of what happened in the lanes; dropping its oldest rows never touches the outbox. */
export function createJournal({ db, stamp, commit, limits = DEFAULT_LIMITS }: JournalOptions): JournalParts {
  const insert = db.prepare<[number, number, number, string | null, string, string, number]>(
    "INSERT INTO journal (id, at, mono_ms, lane_id, kind, data, end_offset) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const drop = prepareDrop(db, limits);
  let end = readEnd(db);
  let notes: Prepared[] = [];
  let dropped = 0;

  function put({ stamp: at, laneId, kind, data }: Prepared): void {
    end = { id: end.id + 1, offset: end.offset + data.length + kind.length };
    insert.run(end.id, at.at, at.mono, laneId, kind, data, end.offset);
    if (end.id % DROP_STEP === 0) drop(end);
  }

  function write(entry: JournalEntry, at: Stamp): void {
    put(prepare(entry, at));
  }

  function flushNotes(): void {
    const flushed = notes;
    const lost = dropped;
    notes = [];
    dropped = 0;
    for (const note of flushed) put(note);
    if (lost > 0) write({ laneId: null, kind: "journal.notes_dropped", data: { count: lost } }, stamp());
  }

  function note(entry: JournalEntry): void {
    if (notes.length >= NOTES_MAX) dropped += 1;
    else notes.push(prepare(entry, stamp()));
    commit().defer("journal_notes", flushNotes);
  }

  return {
    write,
    save: () => {
      const saved = { end, notes, dropped };
      return () => {
        end = saved.end;
        notes = saved.notes;
        dropped = saved.dropped;
      };
    },
    journal: { append: (entry) => commit().transact(() => write(entry, stamp())), note },
  };
}

const DEFAULT_LIMITS: JournalLimits = { maxRows: JOURNAL_MAX_ROWS, maxBytes: JOURNAL_MAX_BYTES };

function prepare({ laneId, kind, data }: JournalEntry, stamp: Stamp): Prepared {
  const text = JSON.stringify(data);
  if (text.length <= JOURNAL_ENTRY_MAX_BYTES) return { stamp, laneId, kind, data: text };
  return { stamp, laneId, kind, data: JSON.stringify({ too_long: text.length }) };
}

interface JournalEnd {
  readonly id: number;
  readonly offset: number;
}

function readEnd(db: Database): JournalEnd {
  const last = db
    .prepare<[], JournalEnd>("SELECT id, end_offset AS offset FROM journal ORDER BY id DESC LIMIT 1")
    .get();
  return last ?? { id: 0, offset: 0 };
}

function prepareDrop(db: Database, { maxRows, maxBytes }: JournalLimits): (end: JournalEnd) => void {
  const oldest = db.prepare<[number], JournalEnd>(
    "SELECT id, end_offset AS offset FROM journal ORDER BY id LIMIT 1 OFFSET ?",
  );
  const remove = db.prepare<[number]>("DELETE FROM journal WHERE id <= ?");
  return (end) => {
    for (let steps = 0; steps < 4; steps++) {
      const last = oldest.get(DROP_STEP - 1);
      if (last === undefined) return;
      if (end.id - last.id < maxRows && end.offset - last.offset < maxBytes) return;
      remove.run(last.id);
    }
  };
}

interface JournalParameters {
  readonly since: number;
  readonly lane: Uuid | null;
  readonly kind: string | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly limit: number;
}

/** Entries newer than `sinceId`, oldest first; without it the newest ones. */
export function prepareJournalReads(db: Database): EdgeQueries["journal"] {
  const select = `SELECT id, at, mono_ms, lane_id, kind, data FROM journal WHERE id > @since
    AND (@lane IS NULL OR lane_id = @lane) AND (@kind IS NULL OR substr(kind, 1, length(@kind)) = @kind)
    AND (@from IS NULL OR at >= @from) AND (@to IS NULL OR at <= @to)`;
  const after = db.prepare<[JournalParameters], JournalRow>(`${select} ORDER BY id LIMIT @limit`);
  const newest = db.prepare<[JournalParameters], JournalRow>(`${select} ORDER BY id DESC LIMIT @limit`);
  return ({ laneId, sinceId, limit, kind = null, fromAt = null, toAt = null }) => {
    const parameters = { since: sinceId ?? 0, lane: laneId, kind, from: fromAt, to: toAt, limit };
    const rows = sinceId === null ? newest.all(parameters).reverse() : after.all(parameters);
    return rows.map(toEntry);
  };
}

function toEntry({ id, at, mono_ms, lane_id, kind, data }: JournalRow): StoredJournalEntry {
  return { id, at: wallMs(at), monoMs: monoMs(mono_ms), laneId: lane_id, kind, data: JSON.parse(data) as Json };
}
