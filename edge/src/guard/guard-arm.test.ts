import { later } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import type { Rig } from "../lane/testing/rig.ts";
import { REST_SLACK_MS } from "./guard-loop.ts";
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

/** When the raise relay went on after `at`. */
const raised = (rig: Rig, at: number): number | undefined => rig.relays("up").find((when) => when >= at);
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
    rig.loop("safety", "clear");
    await rig.run(2_400);
    expect(await vetoOf(rig)).toBe("reversal_hold");
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

describe("relays", () => {
  it("a reversal that the board lost is given again within 250 ms of its return (Verifies: SAFE-04)", async () => {
    const rig = await lowering();
    rig.board.state = "swallows";
    rig.loop("safety", "occupied");
    await rig.run(250);
    rig.board.lose();
    await rig.run(300);
    expect(rig.arm.direction).toBe(-1);
    rig.board.state = "works";
    const at = rig.clock.mono();
    await rig.run(250);
    expect(raised(rig, at)).toBeLessThanOrEqual(at + 250);
    expect(rig.arm.direction).toBe(1);
    await rig.run(1_000);
    expect(rig.arm.height).toBe(1);
    expect(rig.reports.filter((one) => one.kind === "fault")).toMatchObject([{ code: "relay_failed" }]);
    expect(rig.mode).toBe("automatic");
  });

  it("a refused reversal is tried until the board takes it, and latches (Verifies: SAFE-04, SAFE-11)", async () => {
    const rig = await lowering();
    rig.board.state = "refuses";
    rig.loop("safety", "occupied");
    await rig.run(30_000);
    expect(rig.arm.height).toBe(0);
    rig.arm.height = 0.5;
    rig.board.state = "works";
    await rig.run(1_500);
    expect(rig.arm.height).toBe(1);
    expect(rig.mode).toBe("fault");
    expect(rig.reports.filter((one) => one.kind === "fault")).toHaveLength(1);
  });

  it("a board that goes while the arm comes down has it raised (Verifies: SAFE-04)", async () => {
    const rig = await lowering();
    rig.board.lose();
    await rig.run(300);
    rig.board.state = "works";
    await rig.run(1_500);
    expect(rig.arm.height).toBe(1);
    expect(rig.reports).toContainEqual({ kind: "reversed", cause: "relay_lost", count: 1 });
  });

  it("a command that no board took in its life raises nothing later (Verifies: SAFE-16)", async () => {
    const rig = await armDown();
    rig.board.state = "gone";
    rig.guard({ kind: "open", grant: "late", notAfter: later(rig.clock.mono(), 2_000) });
    await rig.run(2_200);
    rig.board.state = "works";
    await rig.run(2_000);
    expect(rig.arm.height).toBe(0);
    rig.board.state = "gone";
    rig.guard({ kind: "open", grant: "in time", notAfter: later(rig.clock.mono(), 2_000) });
    await rig.run(1_500);
    rig.board.state = "works";
    await rig.run(1_500);
    expect(rig.arm.height).toBe(1);
  });

  it("a fire's raise is given whenever the board is back (Verifies: SAFE-07)", async () => {
    const rig = await armDown();
    rig.board.state = "gone";
    rig.contact("fire", "open");
    await rig.run(30_000);
    rig.board.state = "works";
    const at = rig.clock.mono();
    await rig.run(1_500);
    expect(raised(rig, at)).toBeLessThanOrEqual(at + 250);
    expect(rig.arm.height).toBe(1);
  });

  it("a raise that waits for its board is given up by a lock (Verifies: SAFE-22)", async () => {
    const rig = await lowering();
    rig.board.lose();
    await rig.run(100);
    rig.guard({ kind: "maintenance", on: true });
    await rig.run(50);
    expect(rig.reports).toContainEqual({ kind: "maintenance", on: true });
    rig.board.state = "works";
    const at = rig.clock.mono();
    await rig.run(5_000);
    expect(raised(rig, at)).toBeUndefined();
  });

  it("a close that the board refused leaves the arm up (Verifies: SAFE-11)", async () => {
    const rig = await armUp();
    rig.board.state = "refuses";
    await vetoOf(rig);
    await rig.run(1_000);
    rig.board.state = "works";
    await rig.run(5_000);
    expect(rig.relays("down")).toEqual([]);
    expect(rig.arm.height).toBe(1);
    expect(rig.mode).toBe("fault");
  });
});

describe("a stop of the agent", () => {
  /** Asks the guard to end; tells after how many ms it had, null while it has not. */
  function stopping(rig: Rig): () => number | null {
    const from = rig.clock.mono();
    let endedAt: number | null = null;
    void rig.stop().then(() => {
      endedAt = rig.clock.mono() - from;
    });
    return () => endedAt;
  }

  it("waits for an arm that comes down, and begins no close (Verifies: SAFE-04)", async () => {
    const rig = await lowering();
    const ended = stopping(rig);
    await rig.run(1_500);
    expect(ended()).toBeGreaterThan(700);
    expect([rig.arm.height, rig.relays("down").length]).toEqual([0, 1]);
    expect(rig.outputs.at(-1)?.output).not.toMatchObject({ on: true });
  });

  it.each([0, 300, 600])("still reverses it over a vehicle that comes %i ms later (Verifies: SAFE-04)", async (ms) => {
    const rig = await lowering();
    const ended = stopping(rig);
    await rig.run(ms);
    rig.loop("safety", "occupied");
    await rig.run(2_000);
    expect(ended()).not.toBeNull();
    expect(rig.arm.height).toBe(1);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("begins no other close meanwhile (Verifies: SAFE-04)", async () => {
    const rig = await lowering();
    rig.loop("safety", "occupied");
    await rig.run(100);
    const ended = stopping(rig);
    rig.guard({ kind: "close", record: "another" });
    await rig.run(10);
    expect(rig.reports.some((one) => one.kind === "vetoed")).toBe(false);
    await rig.run(1_000);
    expect(ended()).not.toBeNull();
    expect(rig.arm.height).toBe(1);
  });

  it("does not wait for a board that is away longer than for an arm (Verifies: SAFE-11)", async () => {
    const rig = await lowering();
    rig.board.lose();
    const ended = stopping(rig);
    await rig.run(8_000);
    expect(ended()).toBeNull();
    await rig.run(REST_SLACK_MS + 50);
    expect(ended()).not.toBeNull();
  });

  it.each([armUp, armDown])("ends at once where no arm comes down", async (make) => {
    const rig = await make();
    const ended = stopping(rig);
    await rig.run(20);
    expect(ended()).not.toBeNull();
  });
});
