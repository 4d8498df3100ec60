import { chainHash } from "@gatehouse/shared/sync/hash-chain.ts";
import type { Database } from "better-sqlite3";

/**
 * Tables that grow with a long time offline, or with the lot's permits. A decision reads some rows of them by their index,
 * and SQLite refuses what it then finds damaged; all of them are read through beside the running agent.
 */
const LARGE_TABLES: readonly string[] = ["outbox", "journal", "replica_items", "replica_terms"];

/** Rows read in one step: each is a read transaction of its own, so that the write-ahead log can start over in between. */
export const STEP_ROWS = 500;

/** What is wrong with the small tables, on which each start rests; null when nothing is found. Throws SQLite's errors. */
export function damageAtStart(db: Database): string | null {
  return quickCheck(
    db,
    tablesOf(db).filter((table) => !LARGE_TABLES.includes(table)),
  );
}

/**
 * The whole store in bounded steps: each `next` is one of them, and what it gives at the end is what is wrong, or null.
 * The events are held against their hash chain, which shows what SQLite's own check can't: a text that was changed.
 * Throws SQLite's errors.
 */
export function* wholeCheck(db: Database): Generator<void, string | null> {
  for (const table of tablesOf(db).filter((name) => name !== "outbox" && name !== "journal")) {
    const damage = quickCheck(db, [table]);
    if (damage !== null) return damage;
    yield;
  }
  return (yield* checkEvents(db)) ?? (yield* checkJournal(db));
}

interface EventRow {
  readonly n: number;
  readonly line: string;
  readonly hash: string;
}

function* checkEvents(db: Database): Generator<void, string | null> {
  const readPruned = db.prepare<[], { n: number; hash: string }>(
    "SELECT pruned_n AS n, pruned_hash AS hash FROM outbox_head",
  );
  const readRows = db.prepare<[number, number], EventRow>(
    "SELECT n, line, hash FROM outbox WHERE n > ? ORDER BY n LIMIT ?",
  );
  let at = { n: -1, hash: "" };
  const step = db.transaction(() => {
    const pruned = readPruned.get();
    // Old events are deleted meanwhile; the chain goes on from the last of them.
    if (pruned !== undefined && pruned.n > at.n) at = pruned;
    return readRows.all(at.n, STEP_ROWS);
  });
  for (;;) {
    const rows = step();
    for (const { n, line, hash } of rows) {
      if (n !== at.n + 1) return `event ${at.n + 1} is missing before event ${n}`;
      if (chainHash(at.hash, line) !== hash) return `the text of event ${n} is not what was written`;
      at = { n, hash };
    }
    if (rows.length < STEP_ROWS) return null;
    yield;
  }
}

function* checkJournal(db: Database): Generator<void, null> {
  const readTo = db.prepare<[number, number], { to: number | null; rows: number; bytes: number }>(
    `SELECT max(id) AS "to", count(*) AS rows, sum(length(kind) + length(data)) AS bytes
     FROM (SELECT id, kind, data FROM journal WHERE id > ? ORDER BY id LIMIT ?)`,
  );
  for (let from = -1; ; ) {
    const step = readTo.get(from, STEP_ROWS);
    if (step === undefined || step.to === null || step.rows < STEP_ROWS) return null;
    from = step.to;
    yield;
  }
}

function quickCheck(db: Database, tables: readonly string[]): string | null {
  for (const table of tables) {
    const found = db.pragma(`quick_check('${table.replaceAll("'", "''")}')`, { simple: true });
    if (found !== "ok") return String(found);
  }
  return null;
}

function tablesOf(db: Database): readonly string[] {
  return db
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .pluck()
    .all();
}
