import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLeaks } from "./ports-of-time.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gatehouse-ports-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function leaksIn(path: string, text: string): Promise<string[]> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  return findLeaks(root).leaks.map((leak) => `${leak.path}:${leak.line} ${leak.what}`);
}

test.each([
  ["const at = Date.now();", "Date.now"],
  ["const now = Date.now;", "Date.now"],
  ["const at = new Date();", "new Date() without an argument"],
  ["const at = Date();", "Date()"],
  ["const at = performance.now();", "performance.now"],
  ["const at = process.hrtime.bigint();", "process.hrtime"],
  ["setTimeout(() => {}, 5);", "setTimeout"],
  ["const later = { after: setTimeout };", "setTimeout"],
  ["const { x = setInterval } = {};", "setInterval"],
  ["globalThis.setInterval(() => {}, 5);", "globalThis.setInterval"],
  ['import { setTimeout } from "node:timers/promises";', "import of node:timers/promises"],
  ['import { randomUUID } from "node:crypto";', "randomUUID"],
  ["const id = crypto.randomUUID();", "crypto.randomUUID"],
  ["const chance = Math.random();", "Math.random"],
])("%s is found", async (code, what) => {
  expect(await leaksIn("edge/src/lane/a.ts", `// one\n${code}\n`)).toContain(`edge/src/lane/a.ts:2 ${what}`);
});

test.each([
  "const at = new Date(5);",
  "server.setTimeout(5);",
  "const options = { setTimeout: 5 };",
  "interface Timers { setTimeout(fire: () => void): void }",
  "class Fake { setTimeout() {} }",
  'const text = "Date.now()"; // Date.now()',
  "setImmediate(() => {});",
])("%s is left alone", async (code) => {
  expect(await leaksIn("edge/src/lane/a.ts", `${code}\n`)).toEqual([]);
});

test.each(["shared/src/kit/a.ts", "edge/src/lane/a.test.ts", "edge/bench/a.ts", "cloud/src/node_modules/x/a.ts"])(
  "%s may use the machine's clock",
  async (path) => {
    expect(await leaksIn(path, "Date.now();\n")).toEqual([]);
  },
);

test("pages are looked at, too", async () => {
  expect(await leaksIn("cloud/web/admin/Page.tsx", "export const Page = () => <b>{Date.now()}</b>;\n")).toHaveLength(1);
});
