import { errorCode, errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { StoreErrorCode } from "./store-port.ts";

export type StoreError = GatehouseError<StoreErrorCode>;

/** SQLite's result codes (sqlite.org/rescode.html) and system error codes by what a technician does about them. */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /^(SQLITE_FULL|ENOSPC|EDQUOT)$/,
    "The disk with the gate's store is full: free some space; it goes on by itself then.",
  ],
  [
    /^(SQLITE_READONLY|EROFS|EACCES|EPERM)/,
    "The gate's store can't be written: the file system is read-only or the agent's user may not write there. Check the card and the permissions.",
  ],
  [
    /^(SQLITE_IOERR|EIO)/,
    "The disk with the gate's store reports errors: replace the card or disk; what the cloud has confirmed is safe.",
  ],
  [/^(SQLITE_CORRUPT|SQLITE_NOTADB)/, "The gate's store is damaged: set it aside and start with a new one."],
  [/^(SQLITE_BUSY|SQLITE_LOCKED)/, "Another process keeps the gate's store locked: end whatever has its files open."],
];

const OTHERWISE = "The gate's store could not keep a change; the agent's log has the cause.";

/** Whatever SQLite or the file system threw, as one error with advice; errors of ours pass unchanged. */
export function toStoreError(thrown: unknown, code: StoreErrorCode = "store_failed"): Error {
  if (thrown instanceof GatehouseError) return thrown;
  const system = errorCode(thrown);
  if (system === undefined) return thrown instanceof Error ? thrown : new Error(errorMessage(thrown));
  const advice = ADVICE.find(([pattern]) => pattern.test(system))?.[1] ?? OTHERWISE;
  return storeError(code, `${advice} (${system})`, thrown);
}

/** An error of the store with a sentence that an operator can act on. */
export function storeError(code: StoreErrorCode, message: string, cause?: unknown): StoreError {
  return new GatehouseError(code, message, { cause });
}

/**
 * After these the kernel may have thrown dirty pages away while later flushes succeed ("fsyncgate"), or the file is
 * damaged: only a new start, which reads what the disk really holds, can be trusted.
 */
export function endsTrust(thrown: unknown): boolean {
  return /^(SQLITE_IOERR_FSYNC|SQLITE_IOERR_DIR_FSYNC|SQLITE_CORRUPT|SQLITE_NOTADB)/.test(errorCode(thrown) ?? "");
}

/** SQLite's code when it is one of a damaged file or of a place on the disk that can't be read; else null. */
export function damageIn(thrown: unknown): string | null {
  const code = errorCode(thrown) ?? "";
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_READ|IOERR_SHORT_READ|IOERR_DATA)/.test(code) ? code : null;
}

/** What an operator reads when damage is found while the agent runs; fits into an alarm's detail (256 characters). */
export function damageFound(what: string): string {
  return `The gate's store is damaged (${what.replaceAll(/\s+/g, " ").slice(0, 80)}). The gate goes on; nothing old is deleted any more. Back it up (gate backup), replace the card and set the store aside.`;
}
