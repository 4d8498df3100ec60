import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import { afterEach, describe, expect, it } from "vitest";
import { IoClient } from "../drivers/sim/testing/io-client.ts";
import { GUARD_LOST_EXIT_CODE } from "./guard-thread.ts";

const threadModule = new URL("./guard-thread.ts", import.meta.url).href;
const clockModule = new URL("./process-clock.ts", import.meta.url).href;
const LANE = "00000000-0000-7000-8000-000000000001";
const ending: (() => unknown)[] = [];

afterEach(() => {
  for (const end of ending.splice(0)) end();
});

/** A process with a guard thread in it, whose main thread then does `then`. */
async function agent(then: string): Promise<{ path: string; ended: Promise<{ code: number | null; text: string }> }> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-"));
  const path = join(directory, "io.sock");
  const lane = {
    id: LANE,
    code: "in-1",
    driver: "sim",
    timings: { ...laneTimings.parse({}), fresh_ms: 1_000 },
    protection: protection.parse({}),
    locked: false,
  };
  const setup = { boot: "boot", lanes: [lane], ioListen: { path } };
  const script = join(directory, "agent.ts");
  await writeFile(
    script,
    `import { GuardThread, GUARD_LOST_EXIT_CODE } from ${JSON.stringify(threadModule)};
import { processMono } from ${JSON.stringify(clockModule)};
const onLost = (message: string) => { console.error(message); process.exit(GUARD_LOST_EXIT_CODE); };
const guard = new GuardThread({ setup: ${JSON.stringify(setup)} as never, onLost });
await guard.start();
const open = () => guard.send(${JSON.stringify(LANE)}, { kind: "open", grant: "g", notAfter: (processMono() + 10_000) as never });
${then}
`,
  );
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "pipe"] });
  ending.push(() => child.kill("SIGKILL"));
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; text: string }>((resolve) =>
    child.on("exit", (code) => resolve({ code, text })),
  );
  return { path, ended };
}

async function watch(path: string): Promise<IoClient> {
  await expect.poll(() => existsSync(path), { timeout: 8_000 }).toBe(true);
  const client = new IoClient(path);
  ending.push(() => client.end());
  await client.next("welcome");
  client.tellQuiet("in-1");
  return client;
}

const HOLD = "setInterval(open, 50);";

describe("guard thread", () => {
  it("turns its outputs off and goes when the main thread ends (Verifies: SAFE-09, SAFE-11)", async () => {
    const { path, ended } = await agent(`${HOLD} setTimeout(() => process.exit(0), 1_200);`);
    const client = await watch(path);
    await client.next("relay", ({ name, on }) => name === "up" && on);
    expect((await ended).code).toBe(0);
    await expect.poll(() => client.closed).toBe(true);
  }, 15_000);

  it("drives on while the main thread hangs: the pulse ends in time (Verifies: SAFE-11)", async () => {
    const { path } = await agent("setTimeout(() => { open(); setTimeout(() => { for (;;); }, 50); }, 800);");
    const client = await watch(path);
    const on = await client.next("relay", (one) => one.name === "up" && one.on);
    const off = await client.next("relay", (one) => one.name === "up" && !one.on && BigInt(one.t) > BigInt(on.t));
    expect(Number(BigInt(off.t) - BigInt(on.t)) / 1e6).toBeLessThan(1_000);
  }, 15_000);

  it("takes the agent down with a clear message when it dies itself", async () => {
    const kill = `setTimeout(() => guard.send(${JSON.stringify(LANE)}, null as never), 200); setInterval(() => {}, 1_000);`;
    const { ended } = await agent(kill);
    const { code, text } = await ended;
    expect(code).toBe(GUARD_LOST_EXIT_CODE);
    expect(text).toMatch(/The guard thread of the lanes is gone: TypeError/);
  }, 15_000);
});
