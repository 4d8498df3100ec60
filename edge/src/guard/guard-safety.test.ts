import { later } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import { Rig, type RigOptions } from "../lane/testing/rig.ts";

/** A rig with its arm up, nobody in the lane, and closing left to the test. */
async function armUp(options: RigOptions = {}): Promise<Rig> {
  const rig = await Rig.ready({ ...options, timings: { close_delay_ms: 60_000, ...options.timings } });
  open(rig, "setup");
  await rig.run(2_500);
  expect(rig.arm.height).toBe(1);
  return rig;
}

function open(rig: Rig, grant: string, lifeMs = 10_000): void {
  rig.guard({ kind: "open", grant, notAfter: later(rig.clock.mono(), lifeMs) });
}

/** Starts to lower the arm and stops half a second into the travel. */
async function lowering(options: RigOptions = {}): Promise<Rig> {
  const rig = await armUp(options);
  rig.guard({ kind: "close", record: "r1" });
  await rig.run(300);
  expect(rig.arm.direction).toBe(-1);
  return rig;
}

const since = (rig: Rig, at: number, name: "up" | "down", on: boolean): number | undefined =>
  rig.outputs.find(
    ({ at: when, output }) => when >= at && output.kind === "relay" && output.name === name && output.on === on,
  )?.at;
const vetoes = (rig: Rig) => rig.reports.flatMap((one) => (one.kind === "vetoed" ? [one.reason] : []));

describe("lowering", () => {
  it.each([
    ["the safety loop is occupied", (rig: Rig) => rig.loop("safety", "occupied")],
    ["the safety loop has a fault", (rig: Rig) => rig.loop("safety", "fault")],
    ["the safety loop is unknown", (rig: Rig) => rig.loop("safety", "unknown")],
    ["the beam is cut", (rig: Rig) => rig.contact("photo_eye", "open")],
    ["the beam's wire is cut", (rig: Rig) => rig.contact("photo_eye", "broken")],
    ["the inputs are lost", (rig: Rig) => rig.cutFeed()],
  ])("does not start when %s (Verifies: SAFE-02, SAFE-03, SAFE-08)", async (_, spoil) => {
    const rig = await armUp();
    spoil(rig);
    rig.guard({ kind: "close", record: "r1" });
    await rig.run(500);
    expect(vetoes(rig)).toEqual(["hazard"]);
    expect(rig.relays("down")).toEqual([]);
  });

  it.each([
    ["the safety loop is occupied", (rig: Rig) => rig.loop("safety", "occupied")],
    ["the beam is cut", (rig: Rig) => rig.contact("photo_eye", "open")],
    ["the inputs are lost", (rig: Rig) => rig.cutFeed()],
  ])("is reversed when %s: down off within 50 ms, up within 250 ms (Verifies: SAFE-04)", async (_, spoil) => {
    const rig = await lowering();
    const at = rig.clock.mono();
    spoil(rig);
    await rig.run(1_500);
    expect(since(rig, at, "down", false)).toBeLessThanOrEqual(at + 50);
    expect(since(rig, at, "up", true)).toBeLessThanOrEqual(at + 250);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("is reversed when the samples stop (Verifies: SAFE-03, SAFE-04)", async () => {
    const rig = await lowering();
    const at = rig.clock.mono();
    rig.silence();
    await rig.run(600);
    expect(since(rig, at, "up", true)).toBeLessThanOrEqual(at + 100 + 250);
  });

  it("is reversed by 20 ms of hazard, and clear counts only after it held (Verifies: SAFE-12)", async () => {
    const rig = await lowering();
    rig.loop("safety", "occupied");
    rig.clock.advance(20);
    rig.loop("safety", "clear");
    await rig.run(1_500);
    expect(rig.reports.some((one) => one.kind === "reversed")).toBe(true);
    expect(rig.arm.height).toBe(1);
  });

  it("needs inputs that stayed clear for the hold time (Verifies: SAFE-12)", async () => {
    const rig = await armUp();
    rig.loop("safety", "occupied");
    await rig.run(100);
    rig.loop("safety", "clear");
    await rig.run(450);
    rig.guard({ kind: "close", record: "early" });
    await rig.run(50);
    rig.guard({ kind: "close", record: "later" });
    await rig.run(50);
    expect(vetoes(rig)).toEqual(["hazard"]);
    expect(rig.relays("down")).toHaveLength(1);
  });

  it("needs a new cause and 2 s without hazard after a reversal (Verifies: SAFE-05)", async () => {
    const rig = await lowering();
    rig.loop("safety", "occupied");
    await rig.run(1_500);
    rig.loop("safety", "clear");
    await rig.run(2_400);
    rig.guard({ kind: "close", record: "r2" });
    await rig.run(200);
    rig.guard({ kind: "close", record: "r1" });
    await rig.run(50);
    expect(vetoes(rig)).toEqual(["reversal_hold", "record_used"]);
    rig.guard({ kind: "close", record: "r3" });
    await rig.run(2_000);
    expect(rig.arm.height).toBe(0);
  });

  it("needs the 2 s also after a reset in the middle of the reversal (Verifies: SAFE-05)", async () => {
    const rig = await lowering();
    rig.loop("safety", "occupied");
    await rig.run(300);
    rig.loop("safety", "clear");
    rig.guard({ kind: "reset", id: "early" });
    await rig.run(1_600);
    expect(rig.arm.height).toBe(1);
    rig.guard({ kind: "close", record: "r2" });
    await rig.run(50);
    expect(vetoes(rig)).toEqual(["reversal_hold"]);
    await rig.run(900);
    rig.guard({ kind: "close", record: "r3" });
    await rig.run(2_000);
    expect(rig.arm.height).toBe(0);
  });

  it("latches open at the third reversal, until reset (Verifies: SAFE-05)", async () => {
    const rig = await lowering();
    for (const record of ["r2", "r3", "r4"]) {
      rig.loop("safety", "occupied");
      await rig.run(100);
      rig.loop("safety", "clear");
      await rig.run(3_000);
      rig.guard({ kind: "close", record });
      await rig.run(300);
    }
    expect(rig.reports.filter((one) => one.kind === "reversed")).toHaveLength(3);
    expect(vetoes(rig)).toEqual(["latched"]);
    expect(rig.mode).toBe("fault");
    expect(rig.arm.height).toBe(1);
    const answer = rig.command("reset");
    await rig.run(50);
    expect(await answer).toMatchObject({ ok: true });
    expect(rig.mode).toBe("automatic");
    rig.guard({ kind: "close", record: "r5" });
    await rig.run(1_500);
    expect(rig.arm.height).toBe(0);
  });

  it.each(["close first", "open first"])(
    "gives way to an open in the same tick, %s (Verifies: SAFE-06)",
    async (order) => {
      const rig = await armUp();
      if (order === "open first") open(rig, "g2");
      rig.guard({ kind: "close", record: "r1" });
      if (order === "close first") open(rig, "g2");
      await rig.run(500);
      expect(rig.relays("down")).toEqual([]);
      expect(vetoes(rig)).toEqual(["open_wins"]);
    },
  );

  it("is not started within 500 ms of another motion; an open is (Verifies: SAFE-23)", async () => {
    const rig = await lowering();
    open(rig, "g2");
    await rig.run(300);
    expect(rig.arm.direction).toBe(1);
    rig.guard({ kind: "close", record: "r2" });
    await rig.run(30);
    expect(vetoes(rig)).toContain("position_unknown");
  });

  it("is refused without the record of the journal (Verifies: SAFE-20)", async () => {
    const rig = await armUp();
    rig.guard({ kind: "close", record: "" });
    await rig.run(100);
    expect(vetoes(rig)).toEqual(["no_record"]);
    expect(rig.relays("down")).toEqual([]);
  });

  it("leaves 200 ms between opposite relays also when pulses overlap (Verifies: SAFE-01)", async () => {
    const rig = await lowering({ timings: { pulse_ms: 1_000 } });
    open(rig, "g2");
    await rig.run(100);
    expect(since(rig, 0, "down", false)).toBeDefined();
    await rig.run(1_500);
    expect(rig.arm.height).toBe(1);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("is undone when the arm does not arrive (Verifies: SAFE-05)", async () => {
    const rig = await armUp({ timings: { travel_max_ms: 2_000 } });
    rig.arm.stuck = true;
    rig.guard({ kind: "close", record: "r1" });
    await rig.run(2_300);
    expect(rig.reports.filter((one) => one.kind === "reversed")).toMatchObject([{ cause: "not_closed" }]);
  });
});

describe("raising", () => {
  it("opens once for a grant and not after its life (Verifies: SAFE-16)", async () => {
    const rig = await Rig.ready();
    open(rig, "g1");
    open(rig, "g1");
    open(rig, "g2", -1);
    await rig.run(200);
    expect(vetoes(rig)).toEqual(["grant_used", "grant_expired"]);
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("latches open when the arm does not arrive at the top (Verifies: SAFE-05)", async () => {
    const rig = await Rig.ready({ timings: { travel_max_ms: 1_500 } });
    rig.arm.stuck = true;
    open(rig, "g1");
    await rig.run(3_500);
    expect(rig.relays("up")).toHaveLength(2);
    expect(rig.mode).toBe("fault");
    expect(rig.runner.snapshot().alarms).toContain("latched_not_opened");
  });

  it("pulses the relay for the time it was given (Verifies: SAFE-11)", async () => {
    const rig = await Rig.ready({ timings: { pulse_ms: 300 } });
    open(rig, "g1");
    await rig.run(1_000);
    const [on] = rig.relays("up");
    const off = since(rig, on ?? 0, "up", false) ?? 0;
    expect(off - (on ?? 0)).toBeGreaterThanOrEqual(300);
    expect(off - (on ?? 0)).toBeLessThanOrEqual(310);
  });
});

describe("fire", () => {
  it.each(["open", "broken"] as const)(
    "input %s: opens within 250 ms, stays latched until reset at the lot (Verifies: SAFE-07, SAFE-08)",
    async (signal) => {
      const rig = await lowering();
      const at = rig.clock.mono();
      rig.contact("fire", signal);
      await rig.run(1_500);
      expect(since(rig, at, "down", false)).toBeLessThanOrEqual(at + 50);
      expect(since(rig, at, "up", true)).toBeLessThanOrEqual(at + 250);
      expect(rig.mode).toBe("emergency_open");
      const refused = rig.command("reset");
      await rig.run(50);
      expect(await refused).toMatchObject({ ok: false, refusal: "refused_by_safety" });
      rig.contact("fire", "closed");
      await rig.run(3_000);
      rig.guard({ kind: "close", record: "r9" });
      await rig.run(500);
      expect(rig.arm.height).toBe(1);
      const done = rig.command("reset");
      await rig.run(50);
      expect(await done).toMatchObject({ ok: true });
      expect(rig.judge.breaches).toEqual([]);
    },
  );

  it("opens a gate that is down (Verifies: SAFE-07)", async () => {
    const rig = await Rig.ready();
    const at = rig.clock.mono();
    rig.contact("fire", "open");
    await rig.run(1_500);
    expect(since(rig, at, "up", true)).toBeLessThanOrEqual(at + 250);
    expect(rig.arm.height).toBe(1);
  });

  it("opens a gate that went up and came down just before (Verifies: SAFE-07)", async () => {
    const rig = await lowering();
    await rig.run(1_500);
    expect(rig.arm.height).toBe(0);
    const at = rig.clock.mono();
    rig.contact("fire", "open");
    await rig.run(300);
    expect(since(rig, at, "up", true)).toBeLessThanOrEqual(at + 250);
  });

  it("is not reset while the fire input is not known (Verifies: SAFE-07)", async () => {
    const rig = await Rig.ready();
    rig.contact("fire", "open");
    await rig.run(50);
    rig.contact("fire", "closed");
    rig.cutFeed();
    const answer = rig.command("reset");
    await rig.run(50);
    expect(await answer).toMatchObject({ ok: false, refusal: "refused_by_safety" });
  });

  it("is reset from the lot only, never from afar (Verifies: SAFE-07, SAFE-26)", async () => {
    const rig = await Rig.ready();
    rig.contact("fire", "open");
    await rig.run(50);
    rig.contact("fire", "closed");
    await rig.run(600);
    expect(await rig.command("reset", "remote")).toMatchObject({ ok: false, refusal: "not_allowed_remotely" });
    expect(rig.mode).toBe("emergency_open");
  });
});

describe("start", () => {
  it("begins with both relays off and lowers nothing before inputs and position are known (Verifies: SAFE-09)", async () => {
    const rig = new Rig();
    rig.arm.height = 1;
    await rig.run(2_000);
    rig.guard({ kind: "close", record: "r1" });
    await rig.run(100);
    expect(vetoes(rig)).toEqual(["hazard"]);
    expect(rig.outputs.filter(({ output }) => output.kind === "relay")).toEqual([]);
  });

  it("raises an arm in no known position before anything else (Verifies: SAFE-09)", async () => {
    const rig = new Rig();
    rig.arm.height = 0.5;
    rig.tellAll();
    rig.guard({ kind: "close", record: "r1" });
    await rig.run(1_400);
    expect(rig.relays("down")).toEqual([]);
    expect(rig.arm.height).toBe(1);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
  });

  it("closes an arm that it finds up only when all is clear, and records nothing (Verifies: SAFE-09)", async () => {
    const rig = new Rig();
    rig.arm.height = 1;
    rig.loop("safety", "occupied");
    rig.tellAll();
    rig.loop("safety", "occupied");
    await rig.run(5_000);
    expect(rig.arm.height).toBe(1);
    rig.loop("safety", "clear");
    await rig.run(4_000);
    expect(rig.arm.height).toBe(0);
    expect(rig.desk.passages).toEqual([]);
    expect(rig.judge.breaches).toEqual([]);
  });
});

describe("time", () => {
  it("a step of the wall clock moves nothing (Verifies: SAFE-17)", async () => {
    const trace = async (stepMs: number): Promise<unknown> => {
      const rig = await Rig.ready();
      await rig.arrive("AB123");
      rig.clock.stepWall(stepMs);
      await rig.run(1_500);
      await rig.driveThrough();
      rig.clock.stepWall(-2 * stepMs);
      await rig.run(4_000);
      return rig.outputs;
    };
    const plain = await trace(0);
    expect(await trace(400 * 24 * 3_600_000)).toEqual(plain);
    expect(await trace(-400 * 24 * 3_600_000)).toEqual(plain);
  });
});

describe("light", () => {
  it("is green only with the arm up and turns red before it comes down (Verifies: SAFE-21)", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    await rig.run(900);
    expect(rig.outputs.some(({ output }) => output.kind === "light" && output.green)).toBe(false);
    await rig.run(600);
    expect(rig.outputs.some(({ output }) => output.kind === "light" && output.green)).toBe(true);
    await rig.driveThrough();
    await rig.run(2_000);
    const lights = rig.outputs.flatMap(({ at, output }) =>
      output.kind === "light" ? [{ at, green: output.green }] : [],
    );
    const [down] = rig.relays("down");
    expect(lights.at(-1)?.green).toBe(false);
    expect(lights.at(-1)?.at).toBeLessThanOrEqual(down ?? 0);
  });
});
