import { join } from "node:path";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import Database from "better-sqlite3";
import { storeError, toStoreError } from "./store-errors.ts";

const LOCK_FILE = "agent.lock";

export interface AgentLock {
  release(): void;
}

/**
 * Keeps a second agent out of the store for the life of this process. The lock is SQLite's own on a small file of its
 * own, so the kernel lets go of it however the process ends, and readers can still see who holds it.
 * Throws `store_locked` when another agent is in, `store_failed` when the file can't be written.
 */
export function lockStore(directory: string, pid: number): AgentLock {
  const path = join(directory, LOCK_FILE);
  const lock = attempt(() => new Database(path, { timeout: 0 }));
  try {
    lock.pragma("journal_mode = DELETE");
    lock.exec("CREATE TABLE IF NOT EXISTS holder (id INTEGER PRIMARY KEY CHECK (id = 1), pid INTEGER NOT NULL)");
    lock.prepare("INSERT OR REPLACE INTO holder (id, pid) VALUES (1, ?)").run(pid);
    lock.exec("BEGIN IMMEDIATE");
  } catch (error) {
    const holder = errorCode(error)?.startsWith("SQLITE_BUSY") ? holderOf(lock) : undefined;
    lock.close();
    if (holder === undefined) throw toStoreError(error);
    throw storeError("store_locked", `Another agent works with this store (${holder}): stop it first.`, error);
  }
  return { release: () => void lock.close() };
}

function holderOf(lock: Database.Database): string {
  try {
    const pid = lock.prepare<[], number>("SELECT pid FROM holder").pluck().get();
    return pid === undefined ? "just starting" : `process ${pid}`;
  } catch {
    return "just starting";
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
  }
}
