import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkRules } from "./rule-ids.ts";

const PAGE = `| Id | Rule | built |
|---|---|---|
| SAFE-01 | One. | yes |
| SAFE-02 | Two. | no |
| SYNC-01 | Three. | yes |
`;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gatehouse-rules-"));
  await Promise.all([mkdir(join(root, "docs")), mkdir(join(root, "edge"))]);
  await writeFile(join(root, "docs/rules.md"), PAGE);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function reportFor(testCode: string) {
  await writeFile(join(root, "edge/a.test.ts"), testCode);
  return checkRules(root);
}

test("a built rule without a test is told, an unbuilt one isn't", async () => {
  expect(await reportFor('test("Verifies: SAFE-01", () => {});')).toEqual({
    built: ["SAFE-01", "SYNC-01"],
    untested: ["SYNC-01"],
    unknown: [],
  });
});

test.each([
  'test("the arm waits. Verifies: SAFE-01, SYNC-01", () => {});',
  "test(`Verifies: SAFE-01 and SYNC-01 in a lane`, () => {});",
  'test.each([1])("%s Verifies: SAFE-01, SYNC-01", () => {});',
  'describe("Verifies: SAFE-01", () => { it("goes. " + "Verifies: SYNC-01", () => {}); });',
])("ids are found in %s", async (code) => {
  expect((await reportFor(code)).untested).toEqual([]);
});

test.each([
  '// test("Verifies: SAFE-01, SYNC-01", () => {});',
  'test.skip("Verifies: SAFE-01, SYNC-01", () => {});',
  'it.todo("Verifies: SAFE-01, SYNC-01");',
  'expect("Verifies: SAFE-01, SYNC-01").toBe(1);',
])("%s tests nothing", async (code) => {
  expect((await reportFor(code)).untested).toEqual(["SAFE-01", "SYNC-01"]);
});

test("a test that names an unknown rule is told with its place", async () => {
  const { unknown } = await reportFor('\ntest("Verifies: SAFE-99", () => {});');
  expect(unknown).toEqual([{ id: "SAFE-99", path: "edge/a.test.ts", line: 2 }]);
});
