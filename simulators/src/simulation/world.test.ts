import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { SyncWorld } from "./world.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

describe("the real uplink and the real switchboard in virtual time", () => {
  it("Verifies: SYNC-03, SYNC-04, SYNC-05, SYNC-07, SYNC-08, SYNC-11: no rule breaks under faults of all kinds", async () => {
    for (const seed of [1, 2, 3]) {
      const world = new SyncWorld({ seed, lots: 1, lanesPerLot: 4 });
      await world.run(48);
      expect({ seed, broken: world.verdicts.broken }).toEqual({ seed, broken: [] });
      expect(world.verdicts.judged.get("SYNC-18")).toBeGreaterThan(1);
    }
  }, 240_000);

  it("gives the same trace for the same seed in another process, and another one for another seed", async () => {
    const hashes: string[] = [];
    for (const seed of ["7", "7", "8"]) {
      const { stdout } = await promisify(execFile)(process.execPath, [main, "--seed", seed, "--hours", "10"]);
      hashes.push(/trace ([0-9a-f]{64})/.exec(stdout)?.[1] ?? `none in: ${stdout}`);
    }
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  }, 240_000);
});
