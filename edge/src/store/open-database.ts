import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import Database from "better-sqlite3";
import { damageAtStart } from "./integrity.ts";
import { migrate } from "./migrate.ts";
import { storeError, toStoreError } from "./store-errors.ts";

const DATABASE_FILE = "gatehouse.db";
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** How long SQLite waits for another connection's lock before it gives up. */
const BUSY_TIMEOUT_MS = 5_000;
/**
 * Checkpoints are the checkpoint thread's work; when it does not keep up, the writer does one itself at this many pages
 * (32 MiB), so that the write-ahead log can't fill the disk.
 */
const CHECKPOINT_AT_PAGES = 8_192;

/**
 * Pages kept in memory: those that the decisions of a replica of 100,000 permits need again and again. Reading a long queue
 * fills it, and the agent is to keep within 256 MiB then; what doesn't fit is mostly in the kernel's cache.
 */
const CACHE_KIB = 32_768;

/** Where the database of a store lies. */
export function databasePath(directory: string): string {
  return join(directory, DATABASE_FILE);
}

/** Makes the store's directory for its owner alone. Throws `store_failed`. */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
    chmodSync(directory, DIRECTORY_MODE);
  } catch (error) {
    throw toStoreError(error);
  }
}

/**
 * Opens the writing connection, checks what the start rests on and brings its schema up to date; the rest of the file is
 * checked beside the running agent (integrity-thread.ts).
 * Throws `store_corrupt`, `store_unreadable` or `store_failed`.
 */
export function openDatabase(directory: string, maxBytes?: number): Database.Database {
  const path = databasePath(directory);
  return guarded(() => {
    makePrivateFile(directory, path);
    const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      makeDurable(db);
      db.pragma(`cache_size = -${CACHE_KIB}`);
      if (maxBytes !== undefined) db.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize(db)))}`);
      db.pragma(`wal_autocheckpoint = ${CHECKPOINT_AT_PAGES}`);
      const damage = damageAtStart(db);
      if (damage !== null) throw corrupt(damage);
      migrate(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Opens a connection that can only read. Throws `store_failed` when there is no store, or `store_corrupt`. */
export function openReader(directory: string): Database.Database {
  return guarded(() => {
    const path = databasePath(directory);
    if (!existsSync(path)) throw storeError("store_failed", "There is no store yet: start the agent once.");
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    db.pragma("query_only = ON");
    return db;
  });
}

/**
 * Write-ahead log, and a flush at each commit. better-sqlite3 is built to open WAL databases with NORMAL, which loses
 * acknowledged commits at a power cut (SYNC-01), so FULL is set on each connection that writes; a test counts flushes.
 */
export function makeDurable(db: Database.Database): void {
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
  db.pragma("trusted_schema = OFF");
}

/** Moves a damaged store aside, with its log, and returns its new name. Only on a person's explicit command. */
export function setAsideStore(directory: string, suffix: string): string {
  const path = databasePath(directory);
  const aside = `${path}.${suffix}`;
  return guarded(() => {
    for (const part of ["-wal", "-shm", ""]) {
      if (existsSync(path + part)) renameSync(path + part, aside + part);
    }
    return aside;
  });
}

/** Before SQLite opens it: closing another descriptor of the file later would drop the process's POSIX locks on it. */
function makePrivateFile(directory: string, path: string): void {
  const isNew = !existsSync(path);
  if (!isNew) {
    chmodSync(path, FILE_MODE);
    return;
  }
  closeSync(openSync(path, "a", FILE_MODE));
  const folder = openSync(directory, "r");
  fsyncSync(folder);
  closeSync(folder);
}

function pageSize(db: Database.Database): number {
  return Number(db.pragma("page_size", { simple: true }));
}

function corrupt(found: string, cause?: unknown): Error {
  return storeError(
    "store_corrupt",
    `The gate's store is damaged (${found}). Nothing was changed. Check or replace the card, then set the store aside and start with a new one: permits come again from the cloud, and what the cloud has not confirmed is in the file set aside.`,
    cause,
  );
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) throw corrupt(code, error);
    throw toStoreError(error);
  }
}
