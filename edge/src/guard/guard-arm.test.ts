import { describe, expect, it } from "vitest";
import type { Rig } from "../lane/testing/rig.ts";
import { alarmsOf, armUp, vetoOf } from "./testing/arm-up.ts";

/** A rig whose arm has begun to come down. */
async function lowering(): Promise<Rig> {
  const rig = await armUp();
  expect(await vetoOf(rig)).toBeNull();
  await rig.run(300);
  expect(rig.arm.direction).toBe(-1);
  return rig;
}

/** A rig whose arm has come down by a close. */
async function armDown(): Promise<Rig> {
  const rig = await lowering();
  await rig.run(1_500);
  expect(rig.reports.at(-1)).toMatchObject({ kind: "inputs", inputs: { position: "down" } });
  return rig;
}

const count = (rig: Rig, kind: string): number => rig.reports.filter((one) => one.kind === kind).length;

describe("lower limit", () => {
  it.each([10, 190])("that flutters for %i ms does not end the watch over an arm (Verifies: SAFE-04)", async (ms) => {
    const rig = await lowering();
    rig.limit("down", true);
    await rig.run(ms);
    rig.limit("down", false);
    await rig.run(50);
    expect(count(rig, "closed")).toBe(0);
    rig.loop("safety", "occupied");
    await rig.run(300);
    expect(rig.arm.direction).toBe(1);
    await rig.run(1_000);
    expect(rig.arm.height).toBe(1);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("counts once it has held, also when the arm took all the time it may (Verifies: SAFE-05)", async () => {
    const rig = await armUp({ timings: { travel_max_ms: 1_100 } });
    expect(await vetoOf(rig)).toBeNull();
    await rig.run(1_400);
    expect([count(rig, "closed"), count(rig, "reversed")]).toEqual([1, 0]);
  });

  it("left by an arm over a vehicle: the arm goes up, once (Verifies: SAFE-04)", async () => {
    const rig = await armDown();
    rig.arm.height = 0.5;
    await rig.run(1_000);
    expect(rig.arm.height).toBe(0.5);
    rig.loop("safety", "occupied");
    await rig.run(1_500);
    expect(rig.arm.height).toBe(1);
    expect(rig.relays("up")).toHaveLength(2);
    expect(alarmsOf(rig)).toContain("arm_moved");
  });

  it("left for a moment, as in the wind, moves nothing", async () => {
    const rig = await armDown();
    rig.loop("safety", "occupied");
    rig.limit("down", false);
    await rig.run(150);
    rig.limit("down", true);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
  });

  it("left by an arm that then can't rise: the guard tries it once, and latches (Verifies: SAFE-05)", async () => {
    const rig = await armDown();
    rig.arm.height = 0.5;
    rig.arm.stuck = true;
    rig.loop("safety", "occupied");
    await rig.run(30_000);
    const raises = rig.reports.filter((one) => one.kind === "raising" && one.cause === "hazard");
    expect(raises).toHaveLength(1);
    expect(alarmsOf(rig)).toContain("latched_not_opened");
  });
});
