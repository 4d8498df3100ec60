import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { layOut } from "./layout.ts";
import { demandSameSeed } from "./prepare-files.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "gatehouse-files-"));
});
afterEach(() => rm(dataDir, { recursive: true }));

it("refuses another seed for kept data, and names the one that fits", async () => {
  const layout = await layOut(dataDir, ["mitte"], 23_000);
  await demandSameSeed(layout, 7);
  await writeFile(layout.worldFile, JSON.stringify({ seed: 7 }));
  await demandSameSeed(layout, 7);
  await expect(demandSameSeed(layout, 8)).rejects.toMatchObject({
    code: "other_seed",
    message: expect.stringContaining("--seed 7"),
  });
});
