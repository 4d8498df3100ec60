import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { wholeCheck } from "./integrity.ts";
import { FIRST_CHECK_MS } from "./integrity-thread.ts";
import { databasePath } from "./open-database.ts";
import { damageFound } from "./store-errors.ts";
import { type TempStore, tempStore } from "./testing/temp-store.ts";

/** The database's page, which no test sets otherwise. */
const PAGE_BYTES = 4_096;
/** Longest detail of an alarm (events.ts). */
const DETAIL_MAX = 256;
const WAIT_MS = 60_000;

let temp: TempStore;
beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.remove());

const body = (detail: string) => ({ type: "alarm.raised", code: "test", lane_id: null, detail }) as const;

async function write(count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, at) => temp.store.outbox.append(body(`mark-${at}-${"x".repeat(200)}`))),
  );
}

/** Has `change` work on the closed file, and gives what the whole check says of it. */
async function checkAfter(change: (db: Database.Database) => void): Promise<{ found: string | null; steps: number }> {
  await temp.store.close();
  const db = new Database(databasePath(temp.directory));
  change(db);
  const steps = wholeCheck(db);
  let count = 0;
  let step = steps.next();
  for (; !step.done; step = steps.next()) count++;
  db.close();
  temp = tempStore({ directory: temp.directory });
  return { found: step.value, steps: count };
}

/** Overwrites the page of the closed file that holds `text`, but for its first bytes, which tell what kind of page it is. */
function overwritePageOf(text: string): void {
  const path = databasePath(temp.directory);
  const at = readFileSync(path).indexOf(text);
  expect(at).toBeGreaterThan(0);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(PAGE_BYTES, 0xa5), 0, PAGE_BYTES, Math.floor(at / PAGE_BYTES) * PAGE_BYTES);
  closeSync(file);
}

async function until(isSo: () => boolean): Promise<void> {
  const began = performance.now();
  while (!isSo() && performance.now() - began < WAIT_MS) await wait(20);
  expect(isSo()).toBe(true);
}

describe("the check of a whole store", () => {
  it("finds nothing in a sound one, in steps that grow with its rows", async () => {
    await write(1_600);
    const { found, steps } = await checkAfter(() => {});
    expect(found).toBeNull();
    expect(steps).toBeGreaterThan(3);
  });

  it("goes on behind events that were deleted", async () => {
    await write(30);
    const hash = temp.store.outbox.hashAt(10);
    const { found } = await checkAfter((db) => {
      db.exec("DELETE FROM outbox WHERE n <= 10");
      db.prepare("UPDATE outbox_head SET pruned_n = 10, pruned_hash = ?, confirmed_n = 10, confirmed_hash = ?").run(
        hash,
        hash,
      );
    });
    expect(found).toBeNull();
  });

  it("finds a text that is well formed and not what was written", async () => {
    await write(700);
    const { found } = await checkAfter((db) =>
      db.exec("UPDATE outbox SET line = replace(line, 'mark-641', 'mark-642') WHERE n = 642"),
    );
    expect(found).toBe("the text of event 642 is not what was written");
  });

  it("finds that an event is missing", async () => {
    await write(20);
    const { found } = await checkAfter((db) => db.exec("DELETE FROM outbox WHERE n = 7"));
    expect(found).toBe("event 7 is missing before event 8");
  });
});

describe("an agent whose store has a damaged page", () => {
  it("starts, goes on writing, and tells of it", { timeout: 2 * WAIT_MS }, async () => {
    await write(2_000);
    await temp.store.close();
    overwritePageOf("mark-900-");
    temp = tempStore({ directory: temp.directory });
    expect(temp.store.health()).toEqual({ ok: true, message: null });
    temp.clock.advance(FIRST_CHECK_MS);
    await until(() => !temp.store.health().ok);
    expect(temp.store.health().message).toMatch(/^The gate's store is damaged \(SQLITE_CORRUPT/);
    expect(temp.logged).toContainEqual({ level: "error", message: temp.store.health().message });
    await until(() => temp.store.outbox.head().lastN === 2_001);
    const told = temp.store.outbox.readBatch(2_001, { maxEvents: 1, maxBytes: 10_000 });
    expect(told?.lines[0]).toContain('"code":"store_damaged"');
    await write(10);
    expect(temp.store.outbox.head().lastN).toBe(2_011);
  });

  it("has nothing to send from the damaged page, tells of it at once, and sends what is before it", async () => {
    await write(2_000);
    await temp.store.close();
    overwritePageOf("mark-900-");
    temp = tempStore({ directory: temp.directory });
    const { outbox } = temp.store;
    expect(outbox.readBatch(1, { maxEvents: 100, maxBytes: 1e6 })?.lines).toHaveLength(100);
    expect(outbox.readBatch(850, { maxEvents: 100, maxBytes: 1e6 })).toBeNull();
    expect(outbox.hashAt(901)).toBeNull();
    expect(temp.store.health().message).toMatch(/^The gate's store is damaged \(SQLITE_CORRUPT/);
    await until(() => outbox.head().lastN === 2_001);
  });

  it("is told nothing where there is no damage", { timeout: 2 * WAIT_MS }, async () => {
    await write(100);
    temp.clock.advance(FIRST_CHECK_MS);
    await until(() => temp.logged.some(({ message }) => message.endsWith("it is sound.")));
    expect(temp.store.health()).toEqual({ ok: true, message: null });
  });

  it("ends a check that is under way when it is closed", { timeout: 2 * WAIT_MS }, async () => {
    await write(3_000);
    temp.clock.advance(FIRST_CHECK_MS);
    await temp.store.close();
    expect(statSync(databasePath(temp.directory)).size).toBeGreaterThan(0);
    temp = tempStore({ directory: temp.directory });
  });

  it("says it in words that fit into an alarm", () => {
    expect(damageFound("x".repeat(300)).length).toBeLessThanOrEqual(DETAIL_MAX);
  });
});
