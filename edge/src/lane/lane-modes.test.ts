import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KeptFile } from "./kept-file.ts";
import type { LaneCommandAnswer } from "./lane-control.ts";
import type { KeptLane } from "./machine-types.ts";
import { NOTHING_KEPT, Rig } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

const LOCKED: KeptLane = { ...NOTHING_KEPT, maintenance: { actor: "uid:1000", reason: "new spring" } };

/** Asks for a lock and lets the guard take it. */
async function lock(rig: Rig): Promise<LaneCommandAnswer> {
  const answer = rig.command("maintenance_on");
  await rig.settle();
  return answer;
}

describe("the maintenance lock (Verifies: SAFE-22)", () => {
  it("is promised only when the arm has come to rest", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    let answer: LaneCommandAnswer | null = null;
    void rig.command("maintenance_on").then((one) => {
      answer = one;
    });
    await rig.run(800);
    expect([rig.arm.direction, answer]).toEqual([1, null]);
    await rig.run(400);
    expect([rig.arm.direction, answer]).toMatchObject([0, { ok: true }]);
  });

  it("lets nothing move, is refused from afar, and its taking away brings the lane back", async () => {
    const kept: KeptLane[] = [];
    const rig = await Rig.ready({ keep: async (lane) => void kept.push(lane) });
    expect(await rig.command("maintenance_on", "remote")).toMatchObject({ refusal: "not_allowed_remotely" });
    expect(await lock(rig)).toMatchObject({ ok: true });
    await rig.run(100);
    expect(rig.mode).toBe("maintenance");
    expect(rig.runner.snapshot().display).toBe("Lane closed for maintenance");
    await rig.arrive("AB123");
    expect(rig.offer("AB123")).toBe("lane_not_ready");
    for (const action of ["open", "hold", "automatic", "reset"] as const)
      expect(await rig.command(action)).toMatchObject({ ok: false, refusal: "refused_by_safety" });
    expect(await rig.command("maintenance_off", "remote")).toMatchObject({ refusal: "not_allowed_remotely" });
    await rig.run(5_000);
    expect(rig.relays("up")).toEqual([]);
    expect(rig.alarms).toEqual([]);
    expect(await rig.command("maintenance_off")).toMatchObject({ ok: true });
    await rig.run(100);
    expect(rig.mode).toBe("automatic");
    expect(kept.map(({ maintenance }) => maintenance?.reason ?? null)).toEqual(["test", null]);
    rig.offer("AB123");
    await rig.run(50);
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("holds from the start after a restart", async () => {
    const rig = await Rig.ready({ kept: LOCKED, locked: true });
    await rig.arrive("AB123");
    expect(rig.mode).toBe("maintenance");
    await rig.run(3_000);
    expect(rig.relays("up")).toEqual([]);
  });

  it("is said not to last when the disk fails, and is not taken away by a disk that fails", async () => {
    const rig = await Rig.ready({ keep: () => Promise.reject(new Error("disk")) });
    expect(await lock(rig)).toMatchObject({ refusal: "store_failed" });
    expect(rig.mode).toBe("maintenance");
    expect(await rig.command("maintenance_off")).toMatchObject({ refusal: "store_failed" });
    expect(rig.mode).toBe("maintenance");
    expect(rig.runner.snapshot().alarms).toContain("not_kept");
  });

  it("keeps a fire back that is told meanwhile, and opens as soon as it is taken away", async () => {
    const rig = await Rig.ready();
    await lock(rig);
    await rig.run(100);
    rig.contact("fire", "open");
    await rig.run(1_000);
    expect(rig.relays("up")).toEqual([]);
    expect(rig.runner.snapshot().alarms).toContain("fire");
    await rig.command("maintenance_off");
    await rig.run(300);
    expect(rig.relays("up")).toHaveLength(1);
    expect(rig.mode).toBe("emergency_open");
  });
});

describe("fire (Verifies: SAFE-07)", () => {
  it("is kept over a restart until it is reset at the lot", async () => {
    const kept: KeptLane[] = [];
    const rig = await Rig.ready({ keep: async (lane) => void kept.push(lane) });
    rig.contact("fire", "open");
    await rig.run(1_500);
    expect(kept).toMatchObject([{ fire: true }]);
    const again = await Rig.ready({ kept: { ...NOTHING_KEPT, fire: true } });
    await again.run(3_000);
    expect(again.mode).toBe("emergency_open");
    expect(again.arm.height).toBe(1);
    expect(again.relays("down")).toEqual([]);
    const reset = again.command("reset");
    await again.run(100);
    expect(await reset).toMatchObject({ ok: true });
    await again.run(4_000);
    expect(again.mode).toBe("automatic");
    expect(again.arm.height).toBe(0);
  });
});

describe("the file of what lanes keep (Verifies: SAFE-22)", () => {
  const makePath = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), "gatehouse-")), "kept.json");

  it("gives back what was put there, for each lane", async () => {
    const path = await makePath();
    const file = KeptFile.read(path);
    await Promise.all([file.set("a", LOCKED), file.set("b", { ...NOTHING_KEPT, fire: true })]);
    const again = KeptFile.read(path);
    expect(again.of("a", "entry")).toEqual(LOCKED);
    expect(again.of("b", "entry").fire).toBe(true);
    expect(again.of("c", "exit")).toEqual({ direction: "exit", fire: false, maintenance: null });
  });

  it.each(["", "{", '{"v":2}', '{"v":1,"lanes":{"a":{"fire":false}}}'])(
    "that reads %j locks every lane",
    async (text) => {
      const path = await makePath();
      await writeFile(path, text);
      const file = KeptFile.read(path);
      expect(file.of("any", "entry").maintenance).not.toBeNull();
      await file.set("any", NOTHING_KEPT);
      expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ v: 1, lanes: { any: { maintenance: null } } });
    },
  );

  it("that can't be written leaves the old one, and tells", async () => {
    const path = await makePath();
    await mkdir(`${path}.new`);
    const file = KeptFile.read(path);
    await expect(file.set("a", LOCKED)).rejects.toThrow();
    expect(file.of("a", "entry").maintenance).toBeNull();
  });
});

describe("a reversible lane", () => {
  const leaveOut = async (rig: Rig): Promise<void> => {
    for (const [name, signal, ms] of [
      ["safety", "occupied", 300],
      ["closing", "clear", 150],
      ["arming", "occupied", 300],
      ["safety", "clear", 300],
      ["arming", "clear", 300],
    ] as const) {
      rig.loop(name, signal);
      await rig.run(ms);
    }
  };

  it("takes vehicles from the other side when it is turned, and asks the desk for that direction", async () => {
    const kept: KeptLane[] = [];
    const rig = await Rig.ready({ direction: "reversible", keep: async (lane) => void kept.push(lane) });
    expect(rig.runner.snapshot().direction).toBe("entry");
    expect(await rig.command("direction_exit")).toMatchObject({ ok: true });
    expect(rig.runner.snapshot().direction).toBe("exit");
    expect(kept).toMatchObject([{ direction: "exit" }]);
    rig.loop("closing", "occupied");
    await rig.run(20);
    expect(rig.runner.snapshot().loops.closing).toBe("occupied");
    expect(rig.offer("AB123", "entry")).toBe("wrong_direction");
    expect(rig.offer("AB123", "exit")).toBe("accepted");
    await rig.run(1_500);
    await leaveOut(rig);
    expect(rig.desk.requests).toMatchObject([{ direction: "exit" }]);
    expect(rig.desk.ends).toMatchObject([{ movementId: movementId(1), outcome: "passed" }]);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
    expect(rig.judge.breaches).toEqual([]);
  });

  it.each([
    ["a vehicle waits", async (rig: Rig) => rig.arrive("AB123")],
    ["a loop is covered", async (rig: Rig) => rig.loop("closing", "occupied")],
    ["the arm is up", async (rig: Rig) => void rig.command("open")],
  ])("is not turned while %s", async (_, disturb) => {
    const rig = await Rig.ready({ direction: "reversible" });
    rig.desk.script = () => ({ outcome: "refuse" });
    await disturb(rig);
    await rig.run(100);
    expect(await rig.command("direction_exit")).toMatchObject({ ok: false, refusal: "refused_by_safety" });
    expect(rig.runner.snapshot().direction).toBe("entry");
  });

  it("is the only kind that is turned", async () => {
    const rig = await Rig.ready();
    expect(await rig.command("direction_exit")).toMatchObject({ ok: false, refusal: "refused_by_mode" });
  });
});
