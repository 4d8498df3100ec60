import { later, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databasePath } from "../store/open-database.ts";
import type { ExplainQuery } from "./decision-desk.ts";
import { DeskLot } from "./testing/desk-lot.ts";
import { ENTRY_LANE, EXIT_LANE, permitItem, samplePermit, validationItem } from "./testing/lot-sample.ts";

let lot: DeskLot;
beforeEach(() => {
  lot = new DeskLot();
});
afterEach(() => lot.temp.remove());

const entry: ExplainQuery = { laneId: ENTRY_LANE, direction: "entry", plate: "BAB123", code: null, at: null };
const exit: ExplainQuery = { ...entry, laneId: EXIT_LANE, direction: "exit" };

/** All rows of all tables, as text. */
function everything(): string {
  const db = new Database(databasePath(lot.temp.directory), { readonly: true });
  try {
    const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    const rows = tables.map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).all()]);
    return JSON.stringify(rows);
  } finally {
    db.close();
  }
}

describe("explain", () => {
  it("says what would be decided now and at another time, by which rule and version, and what it rests on", async () => {
    await lot.load({ transients: "none" }, [
      permitItem(samplePermit("P1", "BAB123", { valid_until: "2026-03-03T00:00:00Z" })),
    ]);
    lot.advance(MINUTE_MS);
    const now = await lot.desk.explain(entry);
    expect(now).toMatchObject({
      decision: { outcome: "admit" },
      reasons: [{ code: "permit_valid", text: "A permit allows the entry.", rule: "P1", version: null }],
      policyVersion: 1,
      replica: { version: 1, ageMs: MINUTE_MS },
      link: "online",
      clock: "synced",
      facts: { permits: [{ permit_id: "P1" }], counts: { inside: 0 } },
    });
    const at = wallMs(Date.UTC(2026, 2, 4));
    expect(await lot.desk.explain({ ...entry, at })).toMatchObject({
      at,
      decision: { outcome: "refuse" },
      reasons: [
        { code: "transients_not_accepted", rule: "lot", version: 1 },
        { code: "permit_not_in_time", rule: "P1" },
      ],
    });
  });

  it("prices an exit, with a ticket, a lost one, and a validation that isn't used up by it", async () => {
    await lot.load({}, [validationItem()]);
    const ticket = lot.ticket();
    await lot.drive("entry", { plate: "BAB123", code: ticket });
    const at = later(lot.temp.clock.wall(), 2 * HOUR_MS);
    const charge = async (query: Partial<ExplainQuery>) =>
      (await lot.desk.explain({ ...exit, at, ...query })).decision.charge;
    expect(await charge({})).toMatchObject({ kind: "due", dueMinor: 400 });
    expect(await charge({ plate: null, code: ticket.value })).toMatchObject({ kind: "due", dueMinor: 400 });
    expect(await charge({ plate: null, lostTicket: true })).toMatchObject({ kind: "due", dueMinor: 2_500 });
    for (let time = 0; time < 2; time++) {
      expect(await charge({ code: "CAFE-1" })).toMatchObject({ kind: "due", dueMinor: 250 });
    }
  });

  it("changes nothing: no row of the store, no count, no event", async () => {
    await lot.load();
    const ticket = lot.ticket();
    await lot.drive("entry", { plate: "BAB123", code: ticket });
    const before = everything();
    for (const query of [
      entry,
      exit,
      { ...exit, code: ticket.value },
      { ...exit, plate: "BAB1Z3", lostTicket: true },
    ]) {
      await lot.desk.explain(query);
    }
    expect(everything()).toBe(before);
    expect(lot.counts().inside).toBe(1);
  });

  it("tells of the failure rule on an edge that has no policy yet", async () => {
    expect(await lot.desk.explain(entry)).toMatchObject({
      decision: { outcome: "refuse" },
      reasons: [{ code: "fail_closed" }],
      facts: null,
      policyVersion: null,
    });
  });
});
