import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Site, site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { type NewId, uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { IoClient } from "../drivers/sim/testing/io-client.ts";
import { createLaneSystem, type LaneSystem } from "./lane-system.ts";
import { MemoryJournal, ScriptedDesk } from "./testing/scripted-desk.ts";

const clock = systemClock();
const newId: NewId = uuidv7Source(clock, systemRandom);
const ending: (() => unknown)[] = [];
const log = { info: () => {}, warn: () => {}, error: () => {} };
/** Slow enough for a busy machine; freshness is not what these tests are about. */
const timings = { fresh_ms: 1_000, clear_hold_ms: 200, close_delay_ms: 0 };

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function makeSite(lanes: readonly { readonly code: string; readonly direction: string }[]): Site {
  const full = lanes.map((lane) => ({ ...lane, id: newId(), wiring: { driver: "sim" }, timings }));
  return siteSchema.parse({
    lot_id: newId(),
    operator_id: newId(),
    code: "lot",
    name: "Lot",
    time_zone: "UTC",
    lanes: full,
  });
}

interface Running {
  readonly system: LaneSystem;
  readonly desk: ScriptedDesk;
  readonly journal: MemoryJournal;
  readonly site: Site;
  readonly path: string;
  readonly exits: number[];
}

async function start(site: Site): Promise<Running> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-"));
  const path = join(directory, "io.sock");
  const desk = new ScriptedDesk();
  const journal = new MemoryJournal();
  const exits: number[] = [];
  const system = createLaneSystem({
    site,
    desk,
    journal,
    report: async () => {},
    clock,
    newId,
    log,
    ioListen: { path },
    fallbackDir: join(directory, "fallback"),
    exit: (code) => exits.push(code),
  });
  ending.push(() => system.stop());
  await system.run();
  return { system, desk, journal, site, path, exits };
}

async function connected({ path }: Running, lanes: readonly string[]): Promise<IoClient> {
  const client = new IoClient(path);
  ending.push(() => client.end());
  await client.next("welcome");
  for (const lane of lanes) client.tellQuiet(lane);
  const alive = clock.every(25, () => client.tell({ kind: "alive" }));
  ending.push(() => alive.cancel());
  return client;
}

describe("lane system", () => {
  it("takes a vehicle in and out through the socket of simulated devices", async () => {
    const running = await start(makeSite([{ code: "in-1", direction: "entry" }]));
    const { system, desk, journal } = running;
    const client = await connected(running, ["in-1"]);
    const lane = "in-1";
    const laneId = running.site.lanes[0]?.id ?? "";
    const loop = (name: "arming" | "safety" | "closing", signal: "occupied" | "clear"): void =>
      client.tell({ kind: "loop", lane, name, signal });
    loop("arming", "occupied");
    await expect.poll(() => system.snapshot()[0]?.state).toBe("armed");
    expect(system.offer({ laneId, kind: "plate", value: "AB123", read: null, direction: "entry" })).toBe("accepted");
    expect(desk.requests).toHaveLength(1);
    await client.next("relay", ({ name, on }) => name === "up" && on);
    client.tell({ kind: "limit", lane, name: "down", active: false });
    await client.next("relay", ({ name, on }) => name === "up" && !on);
    client.tell({ kind: "limit", lane, name: "up", active: true });
    await client.next("light", ({ green }) => green);
    loop("safety", "occupied");
    loop("arming", "clear");
    loop("closing", "occupied");
    await expect.poll(() => system.snapshot()[0]?.state).toBe("passing");
    loop("safety", "clear");
    loop("closing", "clear");
    await expect.poll(() => desk.ends.map((one) => one.outcome)).toEqual(["passed"]);
    const down = client.next("relay", ({ name, on }) => name === "down" && on);
    await down;
    expect(journal.entries.some((one) => one.kind === "guard.close")).toBe(true);
    client.tell({ kind: "limit", lane, name: "up", active: false });
    client.tell({ kind: "limit", lane, name: "down", active: true });
    await expect.poll(() => system.snapshot()[0]?.state).toBe("idle");
    expect(running.exits).toEqual([]);
  });

  it("asks the desk with the PIN that was typed, and keeps its digits out of the journal and the lane's pictures", async () => {
    const running = await start(makeSite([{ code: "in-1", direction: "entry" }]));
    const { system, desk, journal, site } = running;
    const client = await connected(running, ["in-1"]);
    desk.script = () => ({ outcome: "refuse", plate: null });
    const laneId = site.lanes[0]?.id ?? "";
    client.tell({ kind: "loop", lane: "in-1", name: "arming", signal: "occupied" });
    await expect.poll(() => system.snapshot()[0]?.state).toBe("armed");
    expect(system.offer({ laneId, kind: "pin", value: "471108", read: null, direction: "entry" })).toBe("accepted");
    expect(desk.requests.map(({ credential }) => credential)).toEqual([{ kind: "pin", value: "471108" }]);
    await expect.poll(() => JSON.stringify(journal.entries)).toContain('"decided"');
    expect(JSON.stringify([journal.entries, system.snapshot(), system.inspect(laneId)])).not.toContain("471108");
  });

  it("opens all gates of the lot on one fire input (Verifies: SAFE-07)", async () => {
    const running = await start(
      makeSite([
        { code: "in-1", direction: "entry" },
        { code: "out-1", direction: "exit" },
      ]),
    );
    const client = await connected(running, ["in-1", "out-1"]);
    client.tell({ kind: "contact", lane: "in-1", name: "fire", signal: "broken" });
    const ups = ["in-1", "out-1"].map((lane) =>
      client.next("relay", (one) => one.lane === lane && one.name === "up" && one.on),
    );
    await Promise.all(ups);
    await expect
      .poll(() => running.system.snapshot().map((lane) => lane.mode))
      .toEqual(["emergency_open", "emergency_open"]);
    const reset = { action: "reset", actor: "uid:0", reason: "drill over", commandId: null, origin: "local" } as const;
    const laneId = running.site.lanes[1]?.id ?? "";
    expect(await running.system.command({ ...reset, laneId })).toMatchObject({
      ok: false,
      refusal: "refused_by_safety",
    });
  });

  it("turns the relays off when it stops (Verifies: SAFE-09)", async () => {
    const running = await start(makeSite([{ code: "in-1", direction: "entry" }]));
    const client = await connected(running, ["in-1"]);
    const laneId = running.site.lanes[0]?.id ?? "";
    const command = {
      laneId,
      action: "open",
      actor: "uid:0",
      reason: "test",
      commandId: null,
      origin: "local",
    } as const;
    await running.system.command(command);
    await client.next("relay", ({ name, on }) => name === "up" && on);
    await running.system.stop();
    expect(await client.next("relay", ({ name, on }) => name === "up" && !on)).toMatchObject({ on: false });
    expect(running.exits).toEqual([]);
  });

  it("names an unknown lane, and refuses reads while draining", async () => {
    const { system, site } = await start(makeSite([{ code: "in-1", direction: "entry" }]));
    const read = { kind: "plate", value: "A", read: null, direction: null } as const;
    expect(system.offer({ ...read, laneId: newId() })).toBe("unknown_lane");
    const command = { action: "open", actor: "a", reason: "r", commandId: null, origin: "local" } as const;
    expect(await system.command({ ...command, laneId: newId() })).toMatchObject({ refusal: "unknown_lane" });
    await system.drain();
    expect(system.offer({ ...read, laneId: site.lanes[0]?.id ?? "" })).toBe("lane_not_ready");
  });

  it("does not start when its socket is taken", async () => {
    const running = await start(makeSite([{ code: "in-1", direction: "entry" }]));
    const second = createLaneSystem({
      site: makeSite([{ code: "in-1", direction: "entry" }]),
      desk: new ScriptedDesk(),
      journal: new MemoryJournal(),
      report: async () => {},
      clock,
      newId,
      log,
      ioListen: { path: running.path },
    });
    await expect(second.run()).rejects.toMatchObject({ code: "io_address_in_use" });
    await second.stop();
  });
});
