import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LoneAgent, loneAgent, PERMITTED } from "./faults-agent.ts";
import { canMount, SmallDisk } from "./faults-small-disk.ts";

/*
 * What one agent does with a bad surrounding: floods of nonsense, a full disk, a clock in 1970. Real processes with
 * simulated hardware; no cloud. docs/faults.md has the whole list of faults.
 */

const clock = systemClock();
const root = mkdtempSync(join(tmpdir(), "gatehouse-faults-"));
/** Messages that mean nothing, sent all at once while a vehicle wants in. */
const NONSENSE = 200;
const DISK_BYTES = 10 * 1_048_576;

let agent: LoneAgent;
let tests = 0;
let directory: string;
beforeEach(() => {
  directory = join(root, String(++tests));
  mkdirSync(join(directory, "data"), { recursive: true });
});
afterEach(() => agent.stop());
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface SessionLine {
  readonly plate: string;
  readonly status: string;
  readonly entered_at: number;
  readonly exited_at: number | null;
  readonly fee_minor: number | null;
}

async function stays(): Promise<readonly SessionLine[]> {
  return (await agent.gateJson("sessions", "--all")) as readonly SessionLine[];
}

async function driveIn(plate: string): Promise<void> {
  const entry = agent.stage("in-1");
  await entry.arrive();
  expect(await agent.read("in-1", plate)).toEqual(["accepted"]);
  await entry.pass();
}

describe("floods of nonsense", () => {
  it("are refused one by one while the gates go on deciding. Verifies: SAFE-25", async () => {
    agent = await loneAgent({ directory, clock });
    await agent.start();
    const flood = connect(agent.ioSocket);
    flood.on("error", () => {});
    flood.resume();
    const noise = setInterval(() => flood.write(`{"kind":"loop"}\nnonsense\n${"x".repeat(9_000)}\n`), 2);
    const refusals = Array.from({ length: NONSENSE }, (_, nth) => postNonsense(nth));
    await driveIn(PERMITTED);
    const answers = await Promise.all(refusals);
    clearInterval(noise);
    flood.destroy();
    expect(new Set(answers)).toEqual(new Set([400, 401, 413]));
    expect(agent.stage("in-1").raised).toBe(1);
    expect(agent.stage("out-1").raised).toBe(0);
    expect((await stays()).map(({ plate }) => plate)).toEqual([PERMITTED]);
    const { out } = await agent.gate("doctor");
    expect(out).toMatch(/\d+ camera messages were not understood; the last from cam-(in|out): /);
  });

  it("a repeated event and a read without a vehicle open nothing. Verifies: SAFE-25 SAFE-27", async () => {
    agent = await loneAgent({ directory, clock });
    await agent.start();
    const entry = agent.stage("in-1");
    await entry.arrive();
    expect(await agent.read("in-1", PERMITTED, "event-1")).toEqual(["accepted"]);
    await entry.pass();
    expect(await agent.read("in-1", PERMITTED, "event-1")).toEqual(["repeated"]);
    expect(await agent.read("in-1", "BAB99", "event-2")).toEqual(["accepted"]);
    const rows = (await agent.gateJson("sessions")) as readonly unknown[];
    expect([rows.length, entry.raised]).toEqual([1, 1]);
  });
});

async function postNonsense(nth: number): Promise<number> {
  const kinds: readonly (() => Promise<Response>)[] = [
    () => agent.post("in-1", '{"plate":'),
    () => agent.post("in-1", "[".repeat(100_000)),
    () => agent.post("out-1", JSON.stringify({ plate: PERMITTED }), { secret: "not the camera's secret" }),
    () => agent.post("out-1", new Uint8Array(9 * 1_048_576)),
    () => agent.post("out-1", "null", { contentType: "image/jpeg" }),
  ];
  // One in twenty is large, so that the test sends no gigabytes.
  const kind = nth % 20 === 3 ? 3 : [0, 1, 2, 4][nth % 4];
  const response = await kinds[kind ?? 0]?.();
  await response?.arrayBuffer();
  return response?.status ?? 0;
}

describe.skipIf(!canMount())("a full disk", () => {
  let disk: SmallDisk;
  afterEach(async () => {
    await agent.stop();
    disk.unmount();
  });

  it("keeps entries shut and says why, lets out with a debt that outlives a crash, starts again, heals alone. Verifies: SAFE-18 SYNC-01", async () => {
    const data = join(directory, "data");
    disk = new SmallDisk(data, DISK_BYTES);
    agent = await loneAgent({ directory, clock });
    await agent.start();
    await driveIn(PERMITTED);
    disk.fill();

    const entry = agent.stage("in-1");
    await entry.arrive();
    await agent.read("in-1", "BAB77");
    await entry.until(() => entry.shown.includes("Sorry, no entry at the moment"), "word to the driver");
    expect(entry.raised).toBe(1);
    const doctor = await agent.gate("doctor");
    expect(doctor).toMatchObject({ code: 1, out: expect.stringContaining("The disk with the gate's store is full") });

    const exit = agent.stage("out-1");
    await exit.arrive();
    await agent.read("out-1", PERMITTED);
    await exit.until(() => exit.armUp, "open exit");
    expect(exit.shown).toContain("Please drive on");
    await exit.driveOut();
    const file = join(data, "fallback", "fail-open.ndjson");
    await exit.until(() => readFileSync(file, "utf8").includes('"outcome":"passed"'), "debt on the disk");
    await agent.process.killHard();

    disk.fill();
    await agent.start();
    await exit.arrive();
    await agent.read("out-1", "BAB88");
    await exit.driveOut();
    disk.free();
    await agent.read("in-1", "BAB77");
    await entry.pass();
    await exit.until(() => !readFileSync(file, "utf8").includes("{"), "booked debt");
    const found = await stays();
    expect(found.map(({ plate, status }) => `${plate} ${status}`).sort()).toEqual([
      "BAB77 open",
      "BAB88 closed",
      `${PERMITTED} closed`,
    ]);
    expect((await agent.gate("doctor")).out).toContain("The store takes changes.");
  });
});

describe("a wall clock in 1970", () => {
  it("hinders no gate, and makes no stay of decades. Verifies: SAFE-17 SYNC-13", async () => {
    agent = await loneAgent({ directory, clock, env: { GATEHOUSE_SIM_WALL: `${clock.wall()},0,1` } });
    await agent.start();
    await driveIn("BAB77");
    await driveIn(PERMITTED);
    const exit = agent.stage("out-1");
    await exit.arrive();
    await agent.read("out-1", PERMITTED);
    await exit.pass();
    const [closed] = (await stays()).filter(({ plate }) => plate === PERMITTED);
    const stayMs = (closed?.exited_at ?? 0) - (closed?.entered_at ?? 0);
    expect(stayMs).toBeGreaterThan(0);
    expect(stayMs).toBeLessThan(MINUTE_MS);
    expect((await agent.gate("doctor")).out).toMatch(/FAULT +The wall clock reads 1970-01-01T00:00:/);
    await agent.stop();

    agent = await loneAgent({ directory, clock }, null);
    await agent.start();
    const again = agent.stage("out-1");
    await again.arrive();
    await agent.read("out-1", "BAB77");
    await again.pass();
    const [counted] = (await stays()).filter(({ plate }) => plate === "BAB77");
    // Nobody knows when it came, so the stay has no price yet: it is told at the exit that it can be paid later.
    expect(again.shown).toContain("Goodbye, you can pay later");
    expect(counted).toMatchObject({ status: "closed", fee_minor: 0 });
  });
});
