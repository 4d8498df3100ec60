import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DoubtedLane, KeptDoubts } from "./kept-doubts.ts";
import { KeptFile } from "./kept-file.ts";

const LANE = "lane-1";
const UNDER_THE_ARM = { pairs: [], loops: ["safety", "safety_b"] };
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gatehouse-doubts-"));
  path = join(directory, "lanes-kept.json");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function start(boot: string | null, driver: "sim" | "wired" = "wired"): KeptDoubts {
  const lane: DoubtedLane = { id: LANE, wiring: { driver }, protection: { second_channels: ["safety"] } };
  return new KeptDoubts({
    file: KeptFile.read(path),
    lanes: [lane],
    boot,
    failed: (error) => {
      throw error;
    },
  });
}

describe("doubts at a start (Verifies: SAFE-15)", () => {
  it("are none in a new lot, and none in the same boot", async () => {
    const first = start("one");
    expect(first.of(LANE)).toEqual({ pairs: [], loops: [] });
    await first.start();
    expect(start("one").of(LANE)).toEqual({ pairs: [], loops: [] });
  });

  it("are of the loops under the arm after another boot", async () => {
    await start("one").start();
    expect(start("two").of(LANE)).toEqual(UNDER_THE_ARM);
  });

  it("are of the same loops where no boot can be told, now or in the last run", async () => {
    expect(start(null).of(LANE)).toEqual(UNDER_THE_ARM);
    writeFileSync(path, '{"v":1,"lanes":{}}');
    expect(start("one").of(LANE)).toEqual(UNDER_THE_ARM);
    expect(start(null, "sim").of(LANE)).toEqual({ pairs: [], loops: [] });
  });

  it("are of everything that can be doubted when the file is damaged, also at the next start (Verifies: SAFE-14)", async () => {
    writeFileSync(path, '{"v":1,"boot":"one","doubted":{"');
    const first = start("one");
    expect(first.of(LANE)).toEqual({ pairs: ["safety"], loops: ["safety", "safety_b"] });
    await first.start();
    expect(start("one").of(LANE)).toEqual({ pairs: ["safety"], loops: ["safety", "safety_b"] });
  });
});

describe("the lock of a damaged file", () => {
  it("outlives the next write of anything else (Verifies: SAFE-22)", async () => {
    writeFileSync(path, "{");
    const file = KeptFile.read(path);
    expect(file.of(LANE, "entry").maintenance).not.toBeNull();
    await file.setDoubted("one", new Map());
    expect(KeptFile.read(path).of(LANE, "entry").maintenance).not.toBeNull();
  });
});
