import type { Database } from "better-sqlite3";
import { first } from "./migrations/0001-first.ts";
import { areasTicketsValidations } from "./migrations/0002-areas-tickets-validations.ts";
import { wantsEpoch } from "./migrations/0003-wants-epoch.ts";
import { paymentsWithoutStay } from "./migrations/0004-payments-without-stay.ts";
import { storePressure } from "./migrations/0005-store-pressure.ts";
import { storeError } from "./store-errors.ts";

export interface Migration {
  /** 1, 2, 3...; the schema's version after it. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /**
   * The oldest schema whose agents can still work on the store after this step: they find each table and column that they
   * read, and may leave the new ones empty. An update that is taken back leaves such a store behind.
   */
  readonly readableSince: number;
}

/** "GATE" in ASCII: tells our files from other SQLite databases (sqlite.org/fileformat2.html, offset 68). */
export const APPLICATION_ID = 0x47_41_54_45;

const MIGRATIONS: readonly Migration[] = [
  first,
  areasTicketsValidations,
  wantsEpoch,
  paymentsWithoutStay,
  storePressure,
];

/**
 * Brings the schema to this agent's version, each step in a transaction of its own.
 * Throws `store_unreadable` for a database that is not ours, or was written by a newer agent that left nothing for this one.
 */
export function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  const found = pragmaNumber(db, "user_version");
  const newest = migrations.at(-1)?.version ?? 0;
  refuseForeign(db, found);
  if (found > newest && readableSince(db) > newest) {
    throw storeError(
      "store_unreadable",
      `This store was written by a newer agent (schema ${found}; this agent knows up to ${newest}). Install that agent again, or set the store aside.`,
    );
  }
  for (const migration of migrations.filter(({ version }) => version > found)) {
    db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${migration.version}`);
      db.exec(
        "CREATE TABLE IF NOT EXISTS schema_reader (id INTEGER PRIMARY KEY CHECK (id = 1), oldest INTEGER NOT NULL) STRICT",
      );
      db.prepare("INSERT OR REPLACE INTO schema_reader VALUES (1, ?)").run(migration.readableSince);
    }).immediate();
  }
}

/** The oldest schema that the agent which wrote this store still cared for; infinity when it did not say. */
function readableSince(db: Database): number {
  const told = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_reader'").get();
  if (told === undefined) return Number.POSITIVE_INFINITY;
  return db.prepare<[], number>("SELECT oldest FROM schema_reader").pluck().get() ?? Number.POSITIVE_INFINITY;
}

function refuseForeign(db: Database, userVersion: number): void {
  if (pragmaNumber(db, "application_id") === APPLICATION_ID) return;
  const tables = db.prepare<[], number>("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (userVersion === 0 && tables === 0) return;
  throw storeError("store_unreadable", "This file is an SQLite database of another program, not a gate's store.");
}

function pragmaNumber(db: Database, name: string): number {
  return Number(db.pragma(name, { simple: true }));
}
