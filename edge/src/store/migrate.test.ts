import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { type Migration, migrate } from "./migrate.ts";

const first: Migration = { version: 1, readableSince: 1, name: "first", sql: "CREATE TABLE stays (id TEXT) STRICT" };
const more: Migration = { version: 2, readableSince: 1, name: "more", sql: "ALTER TABLE stays ADD COLUMN area TEXT" };
const other: Migration = { version: 3, readableSince: 3, name: "other", sql: "ALTER TABLE stays RENAME TO visits" };

describe("migrate", () => {
  it("lets an agent before work on a store that a newer one has only added to, and changes nothing in it", () => {
    const db = new Database(":memory:");
    migrate(db, [first, more]);
    migrate(db, [first]);
    expect(db.pragma("user_version", { simple: true })).toBe(2);
    db.prepare("INSERT INTO stays (id) VALUES ('one')").run();
    migrate(db, [first, more]);
    expect(db.prepare("SELECT * FROM stays").all()).toEqual([{ id: "one", area: null }]);
  });

  it("refuses a store in which a newer agent has changed what this one reads", () => {
    const db = new Database(":memory:");
    migrate(db, [first, more, other]);
    for (const known of [[first], [first, more]])
      expect(() => migrate(db, known)).toThrowError(expect.objectContaining({ code: "store_unreadable" }));
  });
});
