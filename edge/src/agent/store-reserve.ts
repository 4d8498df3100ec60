import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { openStore } from "../store/open-store.ts";
import type { EdgeStore, OpenStoreOptions } from "../store/store-port.ts";

/** Space that is given back when the disk is full at the start: a start writes some 100 KiB, the rest lasts a while. */
const RESERVE_BYTES = 4 * 1_048_576;
const RESERVE_FILE = "space-to-start";

/**
 * Opens the store, also on a full disk: an agent that can't start opens no exit, one that runs does by the fail policy
 * (SAFE-18). So some space is held by a file of zeros that is given up then, and made again at a later start. Throws what
 * `openStore` throws, with the place where the store lies.
 */
export function openStoreOnFullDisk(options: OpenStoreOptions): EdgeStore {
  const reserve = join(options.directory, RESERVE_FILE);
  try {
    const store = openOrFree(options, reserve);
    makeReserve(reserve);
    return store;
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    throw new GatehouseError(error.code, `${error.message} The store is in ${options.directory}.`, { cause: error });
  }
}

function openOrFree(options: OpenStoreOptions, reserve: string): EdgeStore {
  try {
    return openStore(options);
  } catch (error) {
    if (!existsSync(reserve) || !isFull(error)) throw error;
    rmSync(reserve);
    options.log.error({}, "The disk is full: the space kept for a start was given up. Free some more.");
    return openStore(options);
  }
}

/** SQLite can't always tell a full disk from a broken one when it opens its files: the space is given up for both. */
function isFull(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return /^(SQLITE_FULL|SQLITE_IOERR|SQLITE_CANTOPEN|ENOSPC|EDQUOT)/.test(errorCode(cause) ?? "");
}

/** Without space there is no reserve; the next start tries again. */
function makeReserve(path: string): void {
  if (existsSync(path) && statSync(path).size >= RESERVE_BYTES) return;
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, Buffer.alloc(RESERVE_BYTES));
    fsyncSync(file);
    closeSync(file);
  } catch {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
