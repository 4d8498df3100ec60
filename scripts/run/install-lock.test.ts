import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const LOCK = pathToFileURL(join(import.meta.dirname, "install-lock.mjs")).href;
/** Takes the lock, tells so in a file, keeps it for a time, tells again. */
const HOLDER = `
import { appendFileSync } from "node:fs";
import { withInstallLock } from "${LOCK}";
const [folder, holdMs, childPid] = process.argv.slice(1);
await withInstallLock(folder, async (share) => {
  if (childPid) share(Number(childPid));
  appendFileSync(folder + "/log", "in " + process.pid + "\\n");
  await new Promise((resolve) => setTimeout(resolve, Number(holdMs)));
  appendFileSync(folder + "/log", "out " + process.pid + "\\n");
});
`;

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-lock-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: "ignore" });
  children.push(child);
  return child;
}

function hold(holdMs: number, childPid?: number): ChildProcess {
  const extra = childPid === undefined ? [] : [String(childPid)];
  return start(process.execPath, ["--input-type=module", "-e", HOLDER, folder, String(holdMs), ...extra]);
}

function log(): string[] {
  const file = join(folder, "log");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

test("processes that come at once go one after the other", async () => {
  await Promise.all([hold(60), hold(60), hold(60)].map((child) => once(child, "exit")));
  const lines = log();
  expect(lines).toHaveLength(6);
  for (let index = 0; index < 6; index += 2) {
    expect(lines[index + 1]).toBe(lines[index]?.replace("in", "out"));
  }
});

test("the lock of a killed process is taken over", async () => {
  const killed = hold(60_000);
  await expect.poll(log).toHaveLength(1);
  killed.kill("SIGKILL");
  await once(killed, "exit");
  const [code] = await once(hold(0), "exit");
  expect(code).toBe(0);
  expect(log()).toHaveLength(3);
});

test("a child that outlives the killed process keeps the lock", async () => {
  const child = start(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
  const killed = hold(60_000, child.pid);
  await expect.poll(log).toHaveLength(1);
  killed.kill("SIGKILL");
  await once(killed, "exit");
  const next = hold(0);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(log()).toHaveLength(1);
  child.kill("SIGKILL");
  await once(next, "exit");
  expect(log()).toHaveLength(3);
});
