import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";

/** What a decision is held against, in a directory beside its own. */
export interface Peers {
  /** One row in one FULL commit, nothing else. */
  bareCommit(): void;
  /** A pwrite of as many bytes as a decision writes, into space that exists, and fdatasync: what the disk itself takes. */
  bareFlush(): void;
  close(): void;
}

const FLUSH_FILE_BYTES = 32 * 1_048_576;

export function openPeers(decisionBytes: number): Peers {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const db = new Database(join(directory, "bare.db"));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL)");
  const insert = db.prepare<[number, string]>("INSERT INTO t (at, text) VALUES (?, ?)");
  const text = "x".repeat(100);
  const file = openSync(join(directory, "flush"), "w");
  writeSync(file, Buffer.alloc(FLUSH_FILE_BYTES));
  fsyncSync(file);
  const bytes = Buffer.alloc(decisionBytes, 0x5a);
  let position = 0;
  return {
    bareCommit: () => void insert.run(performance.now() | 0, text),
    bareFlush: () => {
      writeSync(file, bytes, 0, bytes.length, position);
      position = (position + bytes.length) % (FLUSH_FILE_BYTES - bytes.length);
      fdatasyncSync(file);
    },
    close: () => {
      db.close();
      closeSync(file);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
