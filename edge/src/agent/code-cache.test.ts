import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const MODULE = pathToFileURL(join(import.meta.dirname, "code-cache.ts")).href;
const TIMEOUT_MS = 60_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-code-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A run of a release; gives the entries that are there the moment after it has saved them. */
function savedBy(version: string, env: Readonly<Record<string, string>>): readonly string[] {
  const script = join(folder, `${version}.mts`);
  writeFileSync(
    script,
    `import { getCompileCacheDir } from "node:module";
     import { readdirSync } from "node:fs";
     import { saveCodeCache } from "${MODULE}";
     const version: string = "${version}";
     saveCodeCache(version);
     const folder = getCompileCacheDir();
     console.log(JSON.stringify(folder ? readdirSync(folder).sort() : []));`,
  );
  return JSON.parse(execFileSync(process.execPath, [script], { encoding: "utf8", env: { ...process.env, ...env } }));
}

it("keeps the code of the release that runs, and of no other", { timeout: TIMEOUT_MS }, () => {
  const code = join(folder, "code");
  const env = { NODE_COMPILE_CACHE: code };
  const first = savedBy("0.1.0", env);
  expect(first.length).toBeGreaterThan(1);
  expect(savedBy("0.1.0", env)).toEqual(first);
  const second = savedBy("0.2.0", env);
  expect(second.length).toBeGreaterThan(0);
  expect(second.filter((entry) => first.includes(entry))).toEqual([]);
  expect(readdirSync(code)).toHaveLength(2);
});

it("keeps nothing where no folder is named", { timeout: TIMEOUT_MS }, () => {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  expect(savedBy("0.1.0", { ...(env as Record<string, string>), NODE_COMPILE_CACHE: "" })).toEqual([]);
  expect(existsSync(join(folder, "code"))).toBe(false);
});

it("harms no start when the folder is no folder", { timeout: TIMEOUT_MS }, () => {
  writeFileSync(join(folder, "code"), "");
  expect(savedBy("0.1.0", { NODE_COMPILE_CACHE: join(folder, "code") })).toEqual([]);
});
