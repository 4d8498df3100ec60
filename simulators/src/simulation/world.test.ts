import { describe, expect, it } from "vitest";
import { SyncWorld } from "./world.ts";

const MINUTES = 20;
const SEEDS = [1, 2, 3, 4, 5, 6];

describe("the real uplink and the real switchboard in virtual time", () => {
  it("Verifies: SYNC-03, SYNC-05, SYNC-17, SYNC-18: both logs are equal soon after the faults end", async () => {
    const kinds = new Set<string>();
    for (const seed of SEEDS) {
      const world = new SyncWorld(seed);
      const isEqual = await world.run(MINUTES);
      expect({ seed, isEqual, broken: world.broken }).toEqual({ seed, isEqual: true, broken: [] });
      expect(world.ledger.lines).toEqual(world.outbox.lines);
      expect(world.outbox.lines.length).toBeGreaterThan(100);
      for (const kind of world.faults.keys()) kinds.add(kind);
    }
    expect([...kinds].toSorted()).toEqual([
      "agent_crash",
      "bad_link",
      "cloud_restored",
      "cut",
      "database_away",
      "hub_crash",
      "outage",
    ]);
  }, 120_000);

  it("carries the same messages at the same times for the same seed", async () => {
    const hashes: string[] = [];
    for (const seed of [7, 7, 8]) {
      const world = new SyncWorld(seed);
      await world.run(5);
      hashes.push(world.traceHash());
    }
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  }, 60_000);
});
