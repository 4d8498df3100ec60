import { openReader } from "./open-database.ts";
import { toStoreError } from "./store-errors.ts";

/** Pages of 4 KiB copied between two turns of the event loop: well under a millisecond each turn. */
const PAGES_A_TURN = 100;

/**
 * Copies the store as of this moment to a new file (SQLite's online backup API), while decisions go on. The read
 * transaction holds one state of it: without it each commit of a busy lot would begin the copy anew, without end.
 * Rejects with `store_failed` when there is no store or no space.
 */
export async function copyStore(directory: string, file: string): Promise<void> {
  const db = openReader(directory);
  try {
    db.exec("BEGIN");
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    await db.backup(file, { progress: () => PAGES_A_TURN });
  } catch (error) {
    throw toStoreError(error);
  } finally {
    db.close();
  }
}
