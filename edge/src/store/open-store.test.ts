import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { APPLICATION_ID, migrate } from "./migrate.ts";
import { databasePath, setAsideStore } from "./open-database.ts";
import { openQueries } from "./queries.ts";
import { type TempStore, tempDirectory, tempStore } from "./testing/temp-store.ts";

let directory: string;
beforeEach(() => {
  directory = tempDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const alarm = (detail: string) => ({ type: "alarm.raised", code: "test", lane_id: null, detail }) as const;

describe("opening a store", () => {
  it("makes files for their owner alone", async () => {
    const temp = tempStore({ directory: join(directory, "a", "b") });
    await temp.store.outbox.append(alarm(""));
    expect(statSync(temp.directory).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(temp.directory).filter((name) => name.startsWith("gatehouse.db"))) {
      expect(statSync(join(temp.directory, file)).mode & 0o777).toBe(0o600);
    }
    await temp.store.close();
  });

  it("refuses a second agent and says which one is in", async () => {
    const temp = tempStore({ directory });
    expect(() => tempStore({ directory })).toThrowError(
      expect.objectContaining({ code: "store_locked", message: expect.stringContaining(`process ${process.pid}`) }),
    );
    await temp.store.close();
    await tempStore({ directory }).store.close();
  });

  it("refuses a store of a newer agent in words and leaves it alone", async () => {
    await tempStore({ directory }).store.close();
    const db = new Database(databasePath(directory));
    db.pragma("user_version = 99");
    db.exec("UPDATE schema_reader SET oldest = 99");
    db.close();
    expect(() => tempStore({ directory })).toThrowError(
      expect.objectContaining({ code: "store_unreadable", message: expect.stringContaining("newer agent (schema 99") }),
    );
  });

  it("refuses a database of another program", () => {
    const db = new Database(databasePath(directory));
    db.exec("CREATE TABLE theirs (a)");
    db.close();
    expect(() => tempStore({ directory })).toThrowError(expect.objectContaining({ code: "store_unreadable" }));
  });

  it("says what to do about a damaged file, and sets it aside only when told", async () => {
    const temp = tempStore({ directory });
    for (let at = 0; at < 200; at++) await temp.store.outbox.append(alarm("x".repeat(200)));
    await temp.store.close();
    const path = databasePath(directory);
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4_096 * 3, bytes.length - 4_096);
    writeFileSync(path, bytes);
    expect(() => tempStore({ directory })).toThrowError(
      expect.objectContaining({ code: "store_corrupt", message: expect.stringContaining("set the store aside") }),
    );
    expect(readFileSync(path).equals(bytes)).toBe(true);
    const aside = setAsideStore(directory, "damaged-1");
    expect(readFileSync(aside).equals(bytes)).toBe(true);
    const fresh = tempStore({ directory });
    expect(fresh.store.outbox.head().lastN).toBe(0);
    await fresh.store.close();
  });

  it("refuses a file that is no database", () => {
    writeFileSync(databasePath(directory), "not a database".repeat(1_000));
    expect(() => tempStore({ directory })).toThrowError(expect.objectContaining({ code: "store_corrupt" }));
  });

  it("says that the place can't be written", () => {
    mkdirSync(join(directory, "gatehouse.db"));
    writeFileSync(join(directory, "a-file"), "");
    expect(() => tempStore({ directory })).toThrowError(expect.objectContaining({ code: "store_failed" }));
    expect(() => tempStore({ directory: join(directory, "a-file", "store") })).toThrowError(
      expect.objectContaining({ code: "store_failed" }),
    );
  });

  it("reads nothing where no store was ever made", () => {
    expect(() => openQueries(directory)).toThrowError(expect.objectContaining({ code: "store_failed" }));
  });
});

describe("migrations", () => {
  it("bring an older schema up in order, each once", () => {
    const db = new Database(databasePath(directory));
    const one = { version: 1, readableSince: 1, name: "one", sql: "CREATE TABLE a (x)" };
    const two = {
      version: 2,
      readableSince: 2,
      name: "two",
      sql: "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2)",
    };
    migrate(db, [one]);
    migrate(db, [one, two]);
    migrate(db, [one, two]);
    expect(db.prepare("SELECT x, y FROM a").all()).toEqual([{ x: 1, y: 2 }]);
    expect(db.pragma("application_id", { simple: true })).toBe(APPLICATION_ID);
    expect(db.pragma("user_version", { simple: true })).toBe(2);
    db.close();
  });

  it("leave nothing of a step that failed", () => {
    const db = new Database(databasePath(directory));
    const broken = { version: 1, readableSince: 1, name: "broken", sql: "CREATE TABLE a (x); CREATE TABLE a (x)" };
    expect(() => migrate(db, [broken])).toThrow();
    expect(db.pragma("user_version", { simple: true })).toBe(0);
    expect(db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get()).toBe(0);
    db.close();
  });
});

/** Not on every machine; what needs it is skipped there. */
const STRACE = "strace";
const hasStrace = spawnSync(STRACE, ["-V"]).status === 0;

describe("durability", () => {
  it("is FULL on the writing connection, as far as the pragma tells", async () => {
    const temp: TempStore = tempStore({ directory });
    await temp.store.outbox.append(alarm(""));
    await temp.store.close();
    const db = new Database(databasePath(directory));
    expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
    db.close();
  });

  it.skipIf(!hasStrace)(
    "flushes at least once for each commit, as the kernel counts. Verifies: SYNC-01",
    () => {
      const flushesOf = (commits: number): number => {
        const script = fileURLToPath(new URL("./testing/commit-loop.ts", import.meta.url));
        const place = tempDirectory();
        const trace = ["-f", "-c", "-e", "trace=fdatasync,fsync", "-o", join(directory, "trace")];
        const run = spawnSync(STRACE, [...trace, process.execPath, script, place, String(commits)], {
          encoding: "utf8",
        });
        expect(run.stderr).toBe("");
        rmSync(place, { recursive: true });
        // Columns of strace -c: share, seconds, time a call, calls, then errors where there are any, and the name.
        const rows = readFileSync(join(directory, "trace"), "utf8")
          .split("\n")
          .map((row) => row.trim().split(/\s+/));
        const calls = rows.flatMap((row) => (/^f(data)?sync$/.test(row.at(-1) ?? "") ? [Number(row[3])] : []));
        return calls.reduce((sum, count) => sum + count, 0);
      };
      expect(flushesOf(150) - flushesOf(50)).toBe(100);
    },
    30_000,
  );

  it.skipIf(!hasStrace)(
    "says that the disk is broken, and has kept all that it acknowledged",
    async () => {
      const script = fileURLToPath(new URL("./testing/commit-loop.ts", import.meta.url));
      const place = tempDirectory();
      const fault = [
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=fsync,fdatasync",
        "-e",
        "inject=fsync,fdatasync:error=EIO:when=60+",
      ];
      const run = spawnSync(STRACE, [...fault, process.execPath, script, place, "0"], { encoding: "utf8" });
      expect(run.stderr).toContain("replace the card");
      expect(run.stderr).toContain("store_failed");
      const acknowledged = Number(run.stdout.split("\n").at(-2));
      expect(acknowledged).toBeGreaterThan(10);
      const temp = tempStore({ directory: place });
      expect(temp.store.outbox.head().lastN).toBeGreaterThanOrEqual(acknowledged);
      await temp.remove();
    },
    30_000,
  );
});
