import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layerViolations } from "./layers.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gatehouse-layers-"));
  const folders = ["shared/src", "edge/src", "cloud/src", "simulators/src", "scripts"];
  await Promise.all(folders.map((folder) => mkdir(join(root, folder), { recursive: true })));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Writes both files, the first importing the second (or a package), and returns the broken rules. */
async function rulesBroken(from: string, to: string, statement = 'import { one } from "TO"'): Promise<string[]> {
  const isFile = to.endsWith(".ts");
  const depth = "../".repeat(dirname(from).split("/").length);
  await put(from, `${statement.replace("TO", isFile ? `${depth}${to}` : to)};\nexport const two = 2;\n`);
  if (isFile) await put(to, "export const one = 1;\nexport type Type = string;\n");
  const { violations } = await layerViolations(root);
  return violations.map(({ rule }) => rule).filter((rule) => rule !== "no-dangling-import");
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

test.each([
  ["shared/src/kit/a.ts", "shared/src/contracts/b.ts", "kit-stands-alone"],
  ["shared/src/contracts/a.ts", "shared/src/domain/b.ts", "contracts-on-kit"],
  ["shared/src/domain/a.ts", "shared/src/sync/b.ts", "domain-is-pure"],
  ["shared/src/sync/a.ts", "shared/src/domain/b.ts", "sync-is-pure"],
  ["shared/src/domain/a.ts", "node:fs", "browser-can-load"],
  ["edge/src/lane/a.ts", "edge/src/drivers/sim/b.ts", "lane-knows-no-driver"],
  ["edge/src/drivers/sim/a.ts", "edge/src/lane/b.ts", "driver-knows-no-lane"],
  ["cloud/src/services/lots/a.ts", "hono", "services-know-no-transport"],
  ["cloud/src/services/lots/a.ts", "@hono/zod-openapi", "services-know-no-transport"],
  ["cloud/src/services/lots/a.ts", "aedes", "services-know-no-transport"],
  ["cloud/src/services/lots/a.ts", "cloud/src/hub/b.ts", "services-know-no-transport"],
  ["cloud/src/api/a.ts", "drizzle-orm", "no-sql-in-transports"],
  ["cloud/src/hub/a.ts", "pg", "no-sql-in-transports"],
  ["cloud/src/jobs/a.ts", "cloud/src/db/schema/b.ts", "no-sql-in-transports"],
  ["cloud/web/admin/a.ts", "shared/src/sync/b.ts", "web-on-contracts"],
  ["cloud/web/admin/a.ts", "cloud/src/services/b.ts", "web-on-contracts"],
  ["shared/src/kit/a.ts", "edge/src/lane/b.ts", "shared-below-all"],
  ["edge/src/uplink/a.ts", "cloud/src/hub/b.ts", "edge-apart"],
  ["edge/src/agent/a.ts", "simulators/src/b.ts", "edge-apart"],
  ["cloud/src/hub/a.ts", "edge/src/uplink/b.ts", "cloud-apart"],
])("%s may not import %s", async (from, to, rule) => {
  expect(await rulesBroken(from, to)).toContain(rule);
});

test.each([
  'import type { Type } from "TO"',
  'export { one } from "TO"',
  'export * from "TO"',
  'const late = await import("TO")',
  'import "TO"',
])("the statement %s is seen as an import", async (statement) => {
  expect(await rulesBroken("edge/src/lane/a.ts", "edge/src/drivers/b.ts", statement)).toEqual(["lane-knows-no-driver"]);
});

test.each([
  ["shared/src/domain/a.ts", "shared/src/contracts/b.ts"],
  ["shared/src/sync/a.ts", "node:crypto"],
  ["edge/src/agent/a.ts", "edge/src/lane/b.ts"],
  ["cloud/src/services/lots/a.ts", "drizzle-orm"],
  ["cloud/src/hub/a.ts", "cloud/src/services/b.ts"],
  ["cloud/web/admin/a.ts", "shared/src/domain/b.ts"],
  ["edge/src/lane/a.test.ts", "edge/src/drivers/b.ts"],
])("%s may import %s", async (from, to) => {
  expect(await rulesBroken(from, to)).toEqual([]);
});

test("two modules that import each other are a cycle, unless one needs only a type", async () => {
  await put("edge/src/a.ts", 'import { b } from "./b.ts";\nexport const a = () => b;\n');
  await put("edge/src/b.ts", 'import { a } from "./a.ts";\nexport const b = () => a;\n');
  await put("edge/src/c.ts", 'import type { D } from "./d.ts";\nexport type C = D;\n');
  await put("edge/src/d.ts", 'import type { C } from "./c.ts";\nexport type D = C | string;\n');
  const { violations } = await layerViolations(root);
  expect(violations).toMatchObject([{ rule: "no-cycles", from: "edge/src/a.ts", to: "edge/src/b.ts" }]);
});

test("an import that leads nowhere is told", async () => {
  await put("edge/src/a.ts", 'import { gone } from "./gone.ts";\nexport const a = gone;\n');
  const { violations } = await layerViolations(root);
  expect(violations).toMatchObject([{ rule: "no-dangling-import", from: "edge/src/a.ts" }]);
});
