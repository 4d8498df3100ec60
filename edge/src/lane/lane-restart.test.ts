import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Site, site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IoClient } from "../drivers/sim/testing/io-client.ts";
import type { LaneAction } from "./lane-control.ts";
import { createLaneSystem, type LaneSystem } from "./lane-system.ts";
import { MemoryJournal, ScriptedDesk } from "./testing/scripted-desk.ts";

/* Whole lanes, with their guard thread, that are stopped and started again on the same directory. */

const clock = systemClock();
const newId = uuidv7Source(clock, systemRandom);
const log = { info: () => {}, warn: () => {}, error: () => {} };
const LANE = "in-1";
const ending: (() => unknown)[] = [];
let directory: string;
let keptFile: string;
let site: Site;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-restart-"));
  keptFile = join(directory, "lanes-kept.json");
  // Slow enough for a busy machine; freshness is not what these tests are about.
  const timings = { fresh_ms: 1_000, clear_hold_ms: 200, close_delay_ms: 0 };
  const protection = { second_channels: ["safety"] };
  const lane = { id: newId(), code: LANE, direction: "entry", wiring: { driver: "sim" }, timings, protection };
  const lot = { lot_id: newId(), operator_id: newId(), code: "lot", name: "Lot", time_zone: "UTC" };
  site = siteSchema.parse({ ...lot, lanes: [lane] });
});

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
  await rm(directory, { recursive: true, force: true });
});

interface Run {
  readonly system: LaneSystem;
  readonly client: IoClient;
  command(action: LaneAction, origin?: "local" | "remote"): ReturnType<LaneSystem["command"]>;
  alarms(): readonly string[];
  mode(): string | undefined;
  stop(): Promise<void>;
}

/** One run of the agent's lanes; `boot` is the computer's. */
async function start(boot = "one"): Promise<Run> {
  const path = join(directory, "io.sock");
  const desk = new ScriptedDesk();
  const fixed = { desk, journal: new MemoryJournal(), report: async () => {}, clock, newId, log };
  const system = createLaneSystem({ ...fixed, site, ioListen: { path }, keptFile, computerBoot: boot });
  await system.run();
  const client = new IoClient(path);
  await client.next("welcome");
  client.tellQuiet(LANE);
  client.tell({ kind: "loop", lane: LANE, name: "safety_b", signal: "clear" });
  const alive = clock.every(25, () => client.tell({ kind: "alive" }));
  const stop = async (): Promise<void> => {
    alive.cancel();
    client.end();
    await system.stop();
  };
  ending.push(stop);
  const laneId = site.lanes[0]?.id ?? "";
  return {
    system,
    client,
    command: (action, origin = "local") =>
      system.command({ laneId, action, actor: "uid:0", reason: "work", commandId: null, origin }),
    alarms: () => system.snapshot()[0]?.alarms ?? [],
    mode: () => system.snapshot()[0]?.mode,
    stop,
  };
}

const pause = (ms: number): Promise<void> => sleep(clock, ms);
const hasMoved = ({ client }: Run): boolean => client.outputs.some((one) => one.kind === "relay" && one.on);
const kept = (): Promise<string> => readFile(keptFile, "utf8").catch(() => "");

describe("a maintenance lock (Verifies: SAFE-22)", () => {
  it("holds after a restart, against commands and fire, until it is taken away at the lot", async () => {
    const first = await start();
    expect(await first.command("maintenance_on")).toMatchObject({ ok: true });
    await first.stop();

    const second = await start();
    expect(second.mode()).toBe("maintenance");
    expect(await second.command("open")).toMatchObject({ ok: false, refusal: "refused_by_safety" });
    expect(await second.command("maintenance_off", "remote")).toMatchObject({ refusal: "not_allowed_remotely" });
    second.client.tell({ kind: "contact", lane: LANE, name: "fire", signal: "open" });
    await expect.poll(second.alarms).toContain("fire");
    expect(second.mode()).toBe("maintenance");
    await pause(300); // a relay that should stay off has time to come on
    expect(hasMoved(second)).toBe(false);
    expect(await second.command("maintenance_off")).toMatchObject({ ok: true });
    await second.client.next("relay", ({ name, on }) => name === "up" && on);
    await second.stop();
    expect((await start()).mode()).toBe("emergency_open");
  });

  it("holds when the file that may have told of it can't be read", async () => {
    await writeFile(keptFile, '{"v":1,"lanes":{"');
    const run = await start();
    expect(run.mode()).toBe("maintenance");
    expect(await run.command("hold")).toMatchObject({ ok: false, refusal: "refused_by_safety" });
    expect(await run.command("maintenance_off")).toMatchObject({ ok: true });
    await run.stop();
    expect((await start()).mode()).toBe("automatic");
  });
});

describe("a fire (Verifies: SAFE-07)", () => {
  it("stays latched over a restart with a quiet input, until it is reset at the lot", async () => {
    const first = await start();
    first.client.tell({ kind: "contact", lane: LANE, name: "fire", signal: "open" });
    await first.client.next("relay", ({ name, on }) => name === "up" && on);
    await expect.poll(kept).toContain('"fire":true');
    await first.stop();

    const second = await start();
    expect(second.mode()).toBe("emergency_open");
    await second.client.next("relay", ({ name, on }) => name === "up" && on);
    expect(await second.command("reset", "remote")).toMatchObject({ refusal: "not_allowed_remotely" });
    expect(await second.command("reset")).toMatchObject({ ok: true });
    await expect.poll(kept).toContain('"fire":false');
    await second.stop();
    expect((await start()).mode()).toBe("automatic");
  });
});

describe("inputs that can't be trusted", () => {
  const loop = ({ client }: Run, name: "safety" | "safety_b", signal: "occupied" | "clear"): void =>
    client.tell({ kind: "loop", lane: LANE, name, signal });

  it("stay a fault over a restart when two channels differed, until both were seen to work (Verifies: SAFE-14)", async () => {
    const first = await start();
    loop(first, "safety_b", "occupied");
    await expect.poll(first.alarms).toContain("channels_differ_safety");
    await expect.poll(kept).toContain('"pairs":["safety"]');
    await first.stop();

    const second = await start();
    await expect.poll(second.alarms).toContain("channels_differ_safety");
    loop(second, "safety", "occupied");
    loop(second, "safety_b", "occupied");
    await pause(100); // both are seen at hazard
    loop(second, "safety", "clear");
    loop(second, "safety_b", "clear");
    await expect.poll(second.alarms).not.toContain("channels_differ_safety");
    await expect.poll(kept).toContain('"pairs":[]');
    await second.stop();
    const third = await start();
    await expect.poll(third.mode).toBe("automatic");
    expect(third.alarms()).toEqual([]);
  });

  it("are hazards over a restart when a detector lost power (Verifies: SAFE-15)", async () => {
    const first = await start();
    first.client.tell({ kind: "loop", lane: LANE, name: "safety", signal: "restarted" });
    await expect.poll(kept).toContain('"loops":["safety"]');
    await first.stop();
    const second = await start();
    await expect.poll(second.alarms).toContain("loop_restarted_safety");
  });

  it("are the loops under the arm when the computer was off in between (Verifies: SAFE-15)", async () => {
    const first = await start("one");
    await first.stop();
    const same = await start("one");
    await expect.poll(same.mode).toBe("automatic");
    expect(same.alarms()).toEqual([]);
    await same.stop();
    const after = await start("two");
    await expect.poll(after.alarms).toEqual(["loop_restarted_safety", "loop_restarted_safety_b"]);
  });
});
