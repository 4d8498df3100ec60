import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GroupCommit } from "./group-commit.ts";
import { createJournal, JOURNAL_ENTRY_MAX_BYTES, type JournalParts, prepareJournalReads } from "./journal-store.ts";
import { databasePath } from "./open-database.ts";
import { type TempStore, tempStore } from "./testing/temp-store.ts";

let temp: TempStore;
beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.remove());

describe("the journal", () => {
  it("reads by lane, from an id on, or the newest", async () => {
    for (const [laneId, kind] of [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
      [null, "4"],
    ] as const) {
      await temp.store.journal.append({ laneId, kind, data: { kind } });
    }
    const kinds = (laneId: string | null, sinceId: number | null, limit = 9) =>
      temp.store.queries.journal({ laneId, sinceId, limit }).map(({ kind }) => kind);
    expect(kinds("a", null)).toEqual(["1", "3"]);
    expect(kinds(null, 2)).toEqual(["3", "4"]);
    expect(kinds(null, null, 2)).toEqual(["3", "4"]);
  });

  it("replaces an entry that is too long by a note of it", async () => {
    await temp.store.journal.append({ laneId: null, kind: "big", data: "x".repeat(JOURNAL_ENTRY_MAX_BYTES) });
    expect(temp.store.queries.journal({ laneId: null, sinceId: null, limit: 1 })).toMatchObject([
      { kind: "big", data: { too_long: JOURNAL_ENTRY_MAX_BYTES + 2 } },
    ]);
  });
});

describe("the journal's bounds", () => {
  let db: Database.Database;
  let parts: JournalParts;

  async function fill(limits: { maxRows: number; maxBytes: number }, count: number): Promise<number> {
    await temp.store.close();
    db = new Database(databasePath(temp.directory));
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const commit: GroupCommit = new GroupCommit({ db, clock: temp.clock, log, mirrored: [], onCommit: () => {} });
    parts = createJournal({ db, stamp: () => temp.store.stamp(), commit: () => commit, limits });
    const entry = { laneId: null, kind: "e", data: "x".repeat(97) };
    await Promise.all(Array.from({ length: count }, () => parts.journal.append(entry)));
    const ids = prepareJournalReads(db)({ laneId: null, sinceId: null, limit: 10_000 }).map(({ id }) => id);
    db.close();
    expect(ids.at(-1)).toBe(count);
    return ids.length;
  }

  it("keep the newest rows", async () => {
    const kept = await fill({ maxRows: 200, maxBytes: 1e9 }, 1_000);
    expect(kept).toBeGreaterThanOrEqual(200);
    expect(kept).toBeLessThan(400);
  });

  it("keep the newest bytes", async () => {
    const kept = await fill({ maxRows: 1e9, maxBytes: 20_000 }, 1_000);
    expect(kept).toBeGreaterThanOrEqual(200);
    expect(kept).toBeLessThan(400);
  });
});
