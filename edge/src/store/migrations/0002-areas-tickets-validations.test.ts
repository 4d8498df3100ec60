import { mkdirSync, rmSync } from "node:fs";
import { canonicalJson } from "@gatehouse/shared/kit/canonical-json.ts";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "../migrate.ts";
import { databasePath } from "../open-database.ts";
import { tempDirectory, tempStore } from "../testing/temp-store.ts";
import { first } from "./0001-first.ts";

const SESSION_ID = "00000000-0000-7000-8000-0000000000d1";

let directory: string;
beforeEach(() => {
  directory = tempDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A store as the agent before left it, with one stay and a replica that holds `collection`. */
function storeBefore(collection: string): void {
  mkdirSync(directory, { recursive: true });
  const db = new Database(databasePath(directory));
  migrate(db, [first]);
  db.prepare(
    `INSERT INTO sessions (session_id, kind, plate, plate_key, ticket, spot_type, entered_at, status, findable)
     VALUES (?, 'transient', 'BAB123', '8A8123', '4711', 'standard', 1000, 'open', 1)`,
  ).run(SESSION_ID);
  const value = canonicalJson({ code: "CAFE-1" });
  db.prepare("INSERT INTO replica_items (generation, collection, key, value) VALUES (1, ?, 'one', ?)").run(
    collection,
    value,
  );
  db.prepare("UPDATE replica_generations SET version = 7, checksum = ?, items = 1 WHERE generation = 1").run(
    "a".repeat(64),
  );
  db.close();
}

describe("a store of the agent before", () => {
  it("keeps its stays and counts, in no area, and has a key for tickets", async () => {
    storeBefore("permits");
    const temp = tempStore({ directory });
    const { sessions, occupancy, ticketSecrets } = temp.store.records;
    expect(sessions.find(SESSION_ID)).toMatchObject({ plate: "BAB123", ticket: "4711", area: null });
    expect(occupancy.counts()).toEqual({ inside: 1, insideBySpotType: { standard: 1 }, insideByArea: {} });
    expect(ticketSecrets().map((secret) => secret.length)).toEqual([32]);
    expect(temp.store.replica.status().version).toBe(7);
    await temp.store.close();
  });

  it("asks the cloud for its replica anew when that has items which it could not find before", async () => {
    storeBefore("validations");
    const temp = tempStore({ directory });
    expect(temp.store.replica.status()).toMatchObject({ version: 0, checksum: "0".repeat(64), items: 1 });
    expect(temp.store.replica.items({ collection: "validations", limit: 10 })).toHaveLength(1);
    await temp.store.close();
  });

  it("gives each store a key of its own", async () => {
    const [one, other] = [tempStore(), tempStore()];
    expect(one.store.records.ticketSecrets()).not.toEqual(other.store.records.ticketSecrets());
    for (const temp of [one, other]) await temp.remove();
  });
});
