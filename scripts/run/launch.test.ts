import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const LAUNCHER = `
import { launch } from "${pathToFileURL(join(import.meta.dirname, "launch.mjs")).href}";
const [root, script, ...args] = process.argv.slice(1);
process.exitCode = await launch({ root, script, args });
`;
/** Writes down each signal it gets and ends 400 ms after the first, with exit code 7. */
const SCRIPT = `
import { appendFileSync } from "node:fs";
const [log] = process.argv.slice(2);
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    appendFileSync(log, signal + "\\n");
    setTimeout(() => process.exit(7), 400);
  });
}
setInterval(() => {}, 1000);
appendFileSync(log, process.version + "\\n");
`;

let folder: string;
let launcher: ChildProcess;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse launch "));
  await writeFile(join(folder, "script.mjs"), SCRIPT);
  const args = ["--input-type=module", "-e", LAUNCHER, root, join(folder, "script.mjs"), join(folder, "log")];
  launcher = spawn(process.execPath, args, { stdio: "ignore" });
  await expect.poll(log, { timeout: 5_000 }).toEqual([process.version]);
});
afterEach(async () => {
  launcher.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

function log(): string[] {
  const file = join(folder, "log");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

test("a Ctrl-C that comes from the terminal and from npm reaches the script once, and its exit code comes back", async () => {
  launcher.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 50));
  launcher.kill("SIGINT");
  expect(await once(launcher, "exit")).toEqual([7, null]);
  expect(log().slice(1)).toEqual(["SIGINT"]);
});

test("a script whose launcher was killed is asked to end", async () => {
  launcher.kill("SIGKILL");
  await expect.poll(() => log().slice(1), { timeout: 5_000 }).toEqual(["SIGTERM"]);
});
