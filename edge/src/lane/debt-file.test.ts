import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DebtFile, RESERVED_BYTES } from "./debt-file.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gatehouse-debts-"));
  path = join(directory, "deep", "debts.ndjson");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function linesOf(): Promise<readonly string[]> {
  const { file, lines } = await DebtFile.open(path);
  await file.close();
  return lines;
}

describe("the file of debts", () => {
  it("gives back what was written, in order, over restarts", async () => {
    const first = (await DebtFile.open(path)).file;
    await first.reserve();
    await first.append("one");
    await first.close();
    const second = (await DebtFile.open(path)).file;
    await second.append("two");
    await second.close();
    expect(await linesOf()).toEqual(["one", "two"]);
  });

  it("takes records without growing, while its room lasts (Verifies: SAFE-18)", async () => {
    const { file } = await DebtFile.open(path);
    await file.reserve();
    const before = statSync(path);
    expect(before.size).toBe(RESERVED_BYTES);
    for (let nth = 0; nth < 100; nth++) await file.append("x".repeat(1_000));
    expect(statSync(path)).toMatchObject({ size: before.size, blocks: before.blocks });
    await file.close();
    expect(await linesOf()).toHaveLength(100);
  });

  it("goes on behind a line that power loss cut", async () => {
    const { file } = await DebtFile.open(path);
    await file.append("whole");
    await file.close();
    writeFileSync(path, `${readFileSync(path, "utf8")}{"cut`);
    const again = (await DebtFile.open(path)).file;
    await again.append("next");
    await again.close();
    expect(await linesOf()).toEqual(["whole", '{"cut', "next"]);
  });

  it("forgets all lines and keeps its room", async () => {
    const { file } = await DebtFile.open(path);
    await file.reserve();
    await file.append("settled");
    await file.clear();
    expect(file.isEmpty).toBe(true);
    expect(statSync(path).size).toBe(RESERVED_BYTES);
    await file.append("new");
    await file.close();
    expect(await linesOf()).toEqual(["new"]);
  });
});
