import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isAlive } from "./alive.ts";
import { ManagedProcess } from "./managed-process.ts";

const READY = "console.error('up'); console.log(JSON.stringify({ ready: true, pid: process.pid }));";
const ENDS_IN_ORDER = `process.on("SIGTERM", () => { console.error("in order"); process.exit(0); }); setInterval(() => {}, 1000); ${READY}`;

let root: string;
let logFile: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gatehouse-process-"));
  logFile = join(root, "part.log");
});
afterEach(() => rm(root, { recursive: true }));

async function part(code: string, told: Partial<ConstructorParameters<typeof ManagedProcess>[0]> = {}) {
  const file = join(root, "part.mjs");
  await writeFile(file, code);
  return new ManagedProcess({ name: "part", command: [file], env: {}, logFile, clock: systemClock(), ...told });
}

it("tells the last words of this run when a part ends before it is ready, and doesn't try again", async () => {
  await writeFile(logFile, "words of an earlier run\n");
  const onRestart = vi.fn();
  const failing = await part("console.error('the disk is full'); process.exit(3);", { onRestart });
  const error: Error = await failing.start().then(
    () => expect.fail("it started"),
    (thrown: Error) => thrown,
  );
  expect(error.message).toMatch(/part ended with code 3[\s\S]*the disk is full/);
  expect(error.message).not.toContain("an earlier run");
  expect(onRestart).not.toHaveBeenCalled();
  await failing.stop();
});

it("starts a part again that was killed, and says so", async () => {
  const onRestart = vi.fn();
  const running = await part(ENDS_IN_ORDER, { onRestart });
  const { pid } = await running.start();
  process.kill(Number(pid), "SIGKILL");
  await vi.waitFor(() => expect(onRestart).toHaveBeenCalledWith("part", "was ended by SIGKILL"));
  expect((await running.ready()).pid).not.toBe(pid);
  await running.stop();
});

it("ends a part in order when the process that started it is killed outright", async () => {
  const starter = join(root, "starter.ts");
  const file = join(root, "part.mjs");
  await writeFile(file, ENDS_IN_ORDER);
  const asked = JSON.stringify({ name: "part", command: [file], env: {}, logFile });
  await writeFile(
    starter,
    `import { ManagedProcess } from ${JSON.stringify(join(import.meta.dirname, "managed-process.ts"))};
    import { systemClock } from ${JSON.stringify(import.meta.resolve("@gatehouse/shared/kit/system-clock.ts"))};
    const part = new ManagedProcess({ ...${asked}, clock: systemClock() });
    console.log((await part.start()).pid);`,
  );
  const owner = spawn(process.execPath, [starter], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(owner.stdout, "data")) as [Buffer];
  owner.kill("SIGKILL");
  await vi.waitFor(() => expect(isAlive(Number(said.toString()))).toBe(false), 5_000);
  expect(await readFile(logFile, "utf8")).toContain("in order");
});
