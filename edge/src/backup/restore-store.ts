import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import Database from "better-sqlite3";
import { lockStore } from "../store/agent-lock.ts";
import { APPLICATION_ID, migrate } from "../store/migrate.ts";
import { databasePath, makeDirectory, makeDurable, openReader, setAsideStore } from "../store/open-database.ts";
import { beginEpoch, holdHead, readHead } from "../store/outbox-append.ts";

export interface RestoreOptions {
  /** The agent's data directory. */
  readonly directory: string;
  /** The database of the backup. */
  readonly database: Buffer;
  /** Told apart from other stores that were set aside, e.g. a time. */
  readonly asideSuffix: string;
}

export interface Restored {
  readonly epoch: number;
  /** Events that the cloud had not confirmed when the backup was made; they are sent again in the new epoch. */
  readonly unconfirmed: number;
  /** Where the store that was here lies now; null when there was none. */
  readonly aside: string | null;
  /** Events of the store set aside that the cloud never confirmed: they are in no other place. */
  readonly lostSight: number;
}

/**
 * Puts a backup's database in the place of the store. The restored store begins a new epoch, higher than that of the
 * backup and of the store it replaces, before any agent opens it: so the cloud sees a new stream of numbers and never
 * two different events with one number (SYNC-07). The cloud gives one that
 * nobody has used at the first connection, since this backup may have been restored before on a disk that is gone. What was here is set aside, never deleted.
 * Throws `store_locked` while an agent runs, `backup_unreadable` for a database that is not whole, and the store's errors.
 */
export function restoreStore({ directory, database, asideSuffix }: RestoreOptions): Restored {
  makeDirectory(directory);
  const lock = lockStore(directory, process.pid);
  const fresh = join(directory, "restored.tmp");
  try {
    removeDatabase(fresh);
    writeFileSync(fresh, database, { mode: 0o600 });
    const here = epochHere(directory);
    const begun = beginAnew(fresh, here.epoch);
    const aside = existsSync(databasePath(directory)) ? setAsideStore(directory, asideSuffix) : null;
    renameSync(fresh, databasePath(directory));
    flush(directory);
    return { ...begun, aside, lostSight: here.unconfirmed };
  } finally {
    removeDatabase(fresh);
    lock.release();
  }
}

function beginAnew(path: string, epochHere: number): Pick<Restored, "epoch" | "unconfirmed"> {
  const db = new Database(path);
  try {
    checkBackup(db);
    makeDurable(db);
    migrate(db);
    const head = readHead(db);
    const epoch = Math.max(head.epoch, epochHere) + 1;
    db.transaction(() => beginEpoch(db, holdHead(head), { epoch, wantsEpoch: true })).immediate();
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.pragma("journal_mode = DELETE");
    return { epoch, unconfirmed: head.lastN - head.confirmedN };
  } finally {
    db.close();
  }
}

function checkBackup(db: Database.Database): void {
  const isOurs = Number(db.pragma("application_id", { simple: true })) === APPLICATION_ID;
  const found = isOurs ? db.pragma("integrity_check(1)", { simple: true }) : "not a gate's store";
  if (found !== "ok")
    throw new GatehouseError(
      "backup_unreadable",
      `The database in the backup is damaged (${String(found)}). Nothing was changed.`,
    );
}

/** A store that can't be read is set aside as well; its epoch is then not known, and the backup's counts. */
function epochHere(directory: string): { readonly epoch: number; readonly unconfirmed: number } {
  try {
    const db = openReader(directory);
    try {
      const { epoch, lastN, confirmedN } = readHead(db);
      return { epoch, unconfirmed: lastN - confirmedN };
    } finally {
      db.close();
    }
  } catch {
    return { epoch: 0, unconfirmed: 0 };
  }
}

function removeDatabase(path: string): void {
  for (const part of ["", "-wal", "-shm", "-journal"]) rmSync(path + part, { force: true });
}

function flush(directory: string): void {
  for (const path of [databasePath(directory), directory]) {
    const handle = openSync(path, "r");
    fsyncSync(handle);
    closeSync(handle);
  }
}
