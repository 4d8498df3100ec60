import Database from "better-sqlite3";
import { migrate } from "../migrate.ts";
import { makeDurable } from "../open-database.ts";

/** The bytes of a store without rows, made once: schema and settings are the same for each. */
let empty: Buffer | null = null;

/** A store's database in memory: empty, or as it was when its bytes were taken by `serialize`. */
export function openMemoryDatabase(bytes: Buffer = emptyStore()): Database.Database {
  const db = new Database(bytes);
  makeDurable(db);
  return db;
}

function emptyStore(): Buffer {
  if (empty !== null) return empty;
  const db = new Database(":memory:");
  migrate(db);
  empty = db.serialize();
  db.close();
  return empty;
}
