import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readWorldConfig, wallRateFrom } from "./config.ts";
import { demoSystem } from "./demo.ts";

const directory = mkdtempSync(join(tmpdir(), "world-"));
afterAll(() => rmSync(directory, { recursive: true }));

function fileWith(text: string): string {
  const file = join(directory, "world.json");
  writeFileSync(file, text);
  return file;
}

describe("the world's config", () => {
  it("takes a demo lot with its addresses, and fills in what was left out", () => {
    const [lot] = demoSystem({ lots: 1, seed: 1 }).lots;
    const address = { io_socket: "io.sock", agent_url: "http://127.0.0.1:8600" };
    const config = readWorldConfig(fileWith(JSON.stringify({ lots: [{ ...lot, ...address }] })));
    expect(config).toMatchObject({ seed: 1, pace: 1, traffic: 1, faults: true, truth_file: null });
    expect(config.lots[0]?.proxies).toEqual([]);
  });

  it.each([
    ["no JSON", "{", /world\.json can't be used/],
    ["no lots", '{"lots":[]}', /lots/],
    ["a pace that nobody drives", '{"pace":900,"lots":[]}', /pace/],
  ])("says where %s is wrong", (_name, text, message) => {
    expect(() => readWorldConfig(fileWith(text))).toThrow(message);
  });

  it("names a file that is not there", () => {
    expect(() => readWorldConfig(join(directory, "none.json"))).toThrow(/none\.json can't be used/);
  });

  it("reads the simulated wall clock, and refuses what is none", () => {
    expect(wallRateFrom(undefined)).toBeUndefined();
    expect(wallRateFrom("1000,2000,60")).toEqual({ anchorMachineMs: 1_000, anchorWallMs: 2_000, rate: 60 });
    for (const bad of ["1,2", "1,2,0", "a,b,c", "1,2,3,4"])
      expect(() => wallRateFrom(bad)).toThrow(/GATEHOUSE_SIM_WALL/);
  });
});
