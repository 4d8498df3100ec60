import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { holdDataDir } from "./hold-data-dir.ts";
import { demandOurFolder, resetDataDir } from "./reset-data-dir.ts";

let root: string;
let dataDir: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gatehouse-start-"));
  dataDir = join(root, "demo");
});

afterEach(() => rm(root, { recursive: true }));

it("throws away what an earlier start kept", async () => {
  await mkdir(join(dataDir, "lots", "harbour"), { recursive: true });
  await writeFile(join(dataDir, "setup.json"), "{}");
  await resetDataDir(dataDir);
  expect(await readdir(dataDir)).toEqual([]);
});

it("touches nothing in a folder that holds anything else", async () => {
  await mkdir(join(dataDir, "cloud"), { recursive: true });
  await writeFile(join(dataDir, "thesis.txt"), "mine");
  await expect(demandOurFolder(dataDir)).rejects.toMatchObject({ code: "not_our_folder" });
  await expect(resetDataDir(dataDir)).rejects.toMatchObject({
    code: "not_our_folder",
    message: expect.stringContaining("thesis.txt"),
  });
  expect((await readdir(dataDir)).sort()).toEqual(["cloud", "thesis.txt"]);
});

it("has nothing to do where nothing is", async () => {
  await expect(resetDataDir(dataDir)).resolves.toBeUndefined();
});

it("lets one start at a time use a folder, and takes over from one that died", async () => {
  const release = await holdDataDir(dataDir);
  await expect(holdDataDir(dataDir)).rejects.toMatchObject({
    code: "data_dir_in_use",
    message: expect.stringContaining(String(process.pid)),
  });
  await release();
  await writeFile(`${dataDir}.lock`, "999999999");
  await (await holdDataDir(dataDir))();
});

it("takes over when the id of the process that died belongs to another by now", async () => {
  await writeFile(`${dataDir}.lock`, `${process.pid} 1`);
  await (await holdDataDir(dataDir))();
});

it("says what to do when the folder can't be used", async () => {
  await writeFile(dataDir, "a file");
  await expect(holdDataDir(dataDir)).rejects.toMatchObject({
    code: "data_dir_unusable",
    message: expect.stringContaining("--data DIR"),
  });
});
