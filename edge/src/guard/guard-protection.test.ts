import { later } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import { Rig, type RigOptions } from "../lane/testing/rig.ts";

/* The bounds of docs/rules.md and docs/io-socket.md, so that the code's own constants are tested too. */
const WITNESS_MS = 60_000;
const DISCREPANCY_MS = 500;
const TEST_ANSWER_MS = 500;

/** A rig with its arm up, nobody in the lane, and closing left to the test. */
async function armUp(options: RigOptions = {}): Promise<Rig> {
  const rig = await Rig.ready({ ...options, timings: { close_delay_ms: 60_000, ...options.timings } });
  rig.guard({ kind: "open", grant: "setup", notAfter: later(rig.clock.mono(), 10_000) });
  await rig.run(2_500);
  expect(rig.arm.height).toBe(1);
  return rig;
}

let records = 0;

/** Asks for a close and says why it was refused, or null when the arm comes down. */
async function vetoOf(rig: Rig): Promise<string | null> {
  const id = `record-${++records}`;
  rig.guard({ kind: "close", record: id });
  await rig.run(20);
  const veto = rig.reports.find((one) => one.kind === "vetoed" && one.id === id);
  return veto?.kind === "vetoed" ? veto.reason : null;
}

const tests = (rig: Rig) => rig.outputs.flatMap(({ output }) => (output.kind === "test" ? [output] : []));
const alarms = (rig: Rig): readonly string[] => rig.runner.snapshot().alarms;

describe("device test", () => {
  const protection = { tested: ["photo_eye"] } as const satisfies RigOptions["protection"];
  const tested = { protection: { tested: [...protection.tested] } };

  it("is passed at the top before each close, once a close (Verifies: SAFE-13)", async () => {
    const rig = await armUp(tested);
    expect(tests(rig).map(({ on }) => on)).toEqual([true, false]);
    expect(await vetoOf(rig)).toBeNull();
    await rig.run(2_000);
    expect(rig.arm.height).toBe(0);
    expect(tests(rig)).toHaveLength(2);
    rig.guard({ kind: "open", grant: "again", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(2_500);
    expect(tests(rig).map(({ on }) => on)).toEqual([true, false, true, false]);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("failed by an eye that does not go active: no close, an alarm, and a try again (Verifies: SAFE-13)", async () => {
    const rig = await Rig.ready(tested);
    rig.deaf.add("photo_eye");
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_100 + TEST_ANSWER_MS);
    expect(alarms(rig)).toContain("device_test_failed_photo_eye");
    await rig.run(3_000);
    expect(await vetoOf(rig)).toBe("untested");
    expect(rig.relays("down")).toEqual([]);
    rig.deaf.delete("photo_eye");
    await rig.run(5_000);
    expect(alarms(rig)).not.toContain("device_test_failed_photo_eye");
    expect(rig.relays("down")).toHaveLength(1);
  });

  it("failed by an eye that does not come back (Verifies: SAFE-13)", async () => {
    const rig = await Rig.ready(tested);
    rig.deaf.add("photo_eye");
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_100);
    rig.contact("photo_eye", "open");
    await rig.run(TEST_ANSWER_MS + 100);
    expect(tests(rig).at(-1)?.on).toBe(false);
    expect(alarms(rig)).toContain("device_test_failed_photo_eye");
  });

  it("does not hold it against the eye that a vehicle stands in it", async () => {
    const rig = await Rig.ready(tested);
    rig.deaf.add("photo_eye");
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_100);
    rig.loop("safety", "occupied");
    rig.contact("photo_eye", "open");
    await rig.run(TEST_ANSWER_MS + 100);
    expect(alarms(rig)).toEqual([]);
  });

  it("is broken off when the arm moves, with its output off", async () => {
    const rig = await Rig.ready(tested);
    rig.deaf.add("photo_eye");
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_100);
    expect(tests(rig).at(-1)?.on).toBe(true);
    rig.contact("fire", "open");
    await rig.run(20);
    expect(tests(rig).at(-1)?.on).toBe(false);
  });
});

describe("second channel", () => {
  const doubled = { protection: { second_channels: ["safety", "photo_eye"] } } satisfies RigOptions;
  const pairs = [
    ["safety", (rig: Rig, on: boolean) => rig.loop("safety_b", on ? "occupied" : "clear")],
    ["photo_eye", (rig: Rig, on: boolean) => rig.contact("photo_eye_b", on ? "open" : "closed")],
  ] as const;
  const first = (rig: Rig, name: "safety" | "photo_eye", on: boolean): void =>
    name === "safety" ? rig.loop(name, on ? "occupied" : "clear") : rig.contact(name, on ? "open" : "closed");

  it.each(pairs)("of %s alone is a hazard (Verifies: SAFE-02, SAFE-14)", async (_, second) => {
    const rig = await armUp(doubled);
    second(rig, true);
    expect(await vetoOf(rig)).toBe("hazard");
    expect(await vetoOf(await armUp(doubled))).toBeNull();
  });

  it.each(pairs)(
    "of %s that differs latches until both were active, then clear (Verifies: SAFE-14)",
    async (name, second) => {
      const rig = await armUp(doubled);
      second(rig, true);
      await rig.run(DISCREPANCY_MS + 50);
      expect(alarms(rig)).toContain(`channels_differ_${name}`);
      second(rig, false);
      await rig.run(5_000);
      expect(await vetoOf(rig)).toBe("hazard");
      first(rig, name, true);
      await rig.run(100);
      first(rig, name, false);
      await rig.run(2_000);
      expect(await vetoOf(rig)).toBe("hazard");
      first(rig, name, true);
      second(rig, true);
      await rig.run(100);
      expect(alarms(rig)).toContain(`channels_differ_${name}`);
      first(rig, name, false);
      second(rig, false);
      await rig.run(300);
      expect(await vetoOf(rig)).toBe("hazard");
      await rig.run(400);
      expect(alarms(rig)).not.toContain(`channels_differ_${name}`);
      expect(await vetoOf(rig)).toBeNull();
    },
  );

  it("may lag behind the first for a moment (Verifies: SAFE-14)", async () => {
    const rig = await armUp(doubled);
    rig.loop("safety", "occupied");
    await rig.run(DISCREPANCY_MS - 100);
    rig.loop("safety_b", "occupied");
    await rig.run(1_000);
    rig.loop("safety", "clear");
    rig.loop("safety_b", "clear");
    await rig.run(600);
    expect(await vetoOf(rig)).toBeNull();
  });

  it("differs on purpose while the device is under test", async () => {
    const rig = await armUp({ protection: { second_channels: ["photo_eye"], tested: ["photo_eye", "photo_eye_b"] } });
    expect(tests(rig)).toHaveLength(4);
    expect(await vetoOf(rig)).toBeNull();
  });

  it("that is not wired forbids lowering (Verifies: SAFE-03)", async () => {
    const rig = await armUp(doubled);
    rig.loop("safety_b", "unknown");
    await rig.run(100);
    expect(await vetoOf(rig)).toBe("hazard");
  });
});

describe("pressure edge", () => {
  it("stops lowering like every safety input (Verifies: SAFE-02, SAFE-04)", async () => {
    const rig = await armUp({ protection: { safety_edge: true } });
    expect(await vetoOf(rig)).toBeNull();
    await rig.run(200);
    rig.contact("safety_edge", "open");
    await rig.run(300);
    expect(rig.reports.find((one) => one.kind === "reversed")).toMatchObject({ cause: "safety_edge" });
    expect(rig.arm.direction).toBe(1);
  });
});

describe("restarted loop", () => {
  it.each(["restarted", "fault"] as const)(
    "after %s is a hazard until a whole transit (Verifies: SAFE-15)",
    async (signal) => {
      const rig = await armUp();
      rig.loop("safety", signal);
      await rig.run(100);
      rig.loop("safety", "clear");
      await rig.run(WITNESS_MS / 2);
      expect(await vetoOf(rig)).toBe("hazard");
      expect(alarms(rig)).toContain("loop_restarted_safety");
      rig.loop("safety", "occupied");
      await rig.run(100);
      rig.loop("safety", "clear");
      await rig.run(1_000);
      expect(await vetoOf(rig)).toBe("hazard");
      rig.loop("safety", "occupied");
      await rig.run(500);
      expect(await vetoOf(rig)).toBe("hazard");
      rig.loop("safety", "clear");
      await rig.run(600);
      expect(alarms(rig)).not.toContain("loop_restarted_safety");
      expect(await vetoOf(rig)).toBeNull();
    },
  );

  it("is not proven by a reset: its alarm is told anew (Verifies: SAFE-15)", async () => {
    const rig = await armUp();
    rig.loop("safety", "restarted");
    rig.loop("safety", "clear");
    await rig.run(600);
    const done = rig.command("reset");
    await rig.run(50);
    expect(await done).toMatchObject({ ok: true });
    expect(alarms(rig)).toContain("loop_restarted_safety");
    expect(await vetoOf(rig)).toBe("hazard");
  });

  it("is believed when two others, one of them at its place, were clear for 60 s (Verifies: SAFE-15)", async () => {
    const rig = await armUp({ timings: { close_delay_ms: 60_000 } });
    rig.command("hold").catch(() => {});
    rig.loop("safety", "restarted");
    await rig.run(100);
    rig.loop("safety", "clear");
    await rig.run(WITNESS_MS - 300);
    expect(await vetoOf(rig)).toBe("hazard");
    await rig.run(400);
    expect(await vetoOf(rig)).toBeNull();
  });

  it("is not believed while its fault lasts, nor at once when it ends (Verifies: SAFE-03, SAFE-15)", async () => {
    const rig = await armUp();
    rig.command("hold").catch(() => {});
    rig.loop("safety", "fault");
    await rig.run(WITNESS_MS + 2_000);
    expect(await vetoOf(rig)).toBe("hazard");
    rig.loop("safety", "clear");
    await rig.run(2_000);
    expect(await vetoOf(rig)).toBe("hazard");
  });

  it("is not believed on the word of other restarted loops (Verifies: SAFE-15)", async () => {
    const rig = await armUp();
    rig.command("hold").catch(() => {});
    for (const name of ["arming", "safety", "closing"] as const) rig.loop(name, "restarted");
    await rig.run(100);
    for (const name of ["arming", "safety", "closing"] as const) rig.loop(name, "clear");
    await rig.run(WITNESS_MS + 2_000);
    expect(await vetoOf(rig)).toBe("hazard");
  });

  it("is not believed while the beam at its place is cut now and then (Verifies: SAFE-15)", async () => {
    const rig = await armUp();
    rig.command("hold").catch(() => {});
    rig.loop("safety", "restarted");
    rig.loop("safety", "clear");
    await rig.run(WITNESS_MS / 2);
    rig.contact("photo_eye", "open");
    await rig.run(50);
    rig.contact("photo_eye", "closed");
    await rig.run(WITNESS_MS / 2 + 1_000);
    expect(await vetoOf(rig)).toBe("hazard");
  });
});

describe("standby selector", () => {
  const pair = { protection: { standby_selector: true } } satisfies RigOptions;

  it.each(["open", "broken"] as const)(
    "%s: no relay, whatever is asked, fire included (Verifies: SAFE-19)",
    async (signal) => {
      const rig = await Rig.ready(pair);
      rig.contact("outputs_enabled", signal);
      await rig.run(600);
      rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
      rig.contact("fire", "open");
      await rig.run(3_000);
      expect(rig.reports).toContainEqual({ kind: "vetoed", command: "open", id: "g", reason: "standby" });
      expect(rig.outputs.filter(({ output }) => output.kind === "relay" && output.on)).toEqual([]);
      rig.contact("outputs_enabled", "closed");
      await rig.run(2_000);
      expect(rig.arm.height).toBe(1);
    },
  );

  it("that nobody has told is open (Verifies: SAFE-19)", async () => {
    const rig = new Rig(pair);
    for (const name of ["arming", "safety", "closing"] as const) rig.loop(name, "clear");
    for (const name of ["photo_eye", "fire"] as const) rig.contact(name, "closed");
    await rig.run(1_000);
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_000);
    expect(rig.relays("up")).toEqual([]);
  });

  it("turned away in the middle of a motion: relays off at the first sample (Verifies: SAFE-12, SAFE-19)", async () => {
    const rig = await armUp(pair);
    expect(await vetoOf(rig)).toBeNull();
    rig.contact("outputs_enabled", "open");
    await rig.run(5);
    expect(rig.outputs.at(-1)?.output).toMatchObject({ kind: "relay", name: "down", on: false });
    rig.loop("safety", "occupied");
    await rig.run(2_000);
    expect(rig.relays("up")).toHaveLength(1);
    expect(rig.reports.filter((one) => one.kind === "stopped")).toEqual([{ kind: "stopped", cause: "standby" }]);
  });
});

describe("maintenance lock", () => {
  it("from the start: no relay; a fire is told, and acts when it is taken away (Verifies: SAFE-22)", async () => {
    const rig = await Rig.ready({ locked: true });
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    rig.contact("fire", "open");
    await rig.run(5_000);
    expect(rig.reports).toContainEqual({ kind: "vetoed", command: "open", id: "g", reason: "maintenance" });
    expect(rig.reports).toContainEqual({ kind: "fire" });
    expect(rig.outputs.filter(({ output }) => output.kind === "relay" && output.on)).toEqual([]);
    rig.guard({ kind: "maintenance", on: false });
    await rig.run(300);
    expect(rig.relays("up")).toHaveLength(1);
    await rig.run(2_000);
    expect(rig.arm.height).toBe(1);
  });

  it("asked for while the arm comes down waits for its rest, and lets it reverse (Verifies: SAFE-04, SAFE-22)", async () => {
    const rig = await armUp();
    expect(await vetoOf(rig)).toBeNull();
    await rig.run(200);
    rig.guard({ kind: "maintenance", on: true });
    rig.loop("safety", "occupied");
    await rig.run(300);
    expect(rig.arm.direction).toBe(1);
    expect(rig.reports.some((one) => one.kind === "maintenance")).toBe(false);
    await rig.run(2_000);
    expect(rig.reports).toContainEqual({ kind: "maintenance", on: true });
    rig.loop("safety", "clear");
    await rig.run(5_000);
    expect(await vetoOf(rig)).toBe("maintenance");
    rig.guard({ kind: "open", grant: "g2", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(50);
    expect(rig.reports).toContainEqual({ kind: "vetoed", command: "open", id: "g2", reason: "maintenance" });
  });

  it("puts no device to its test (Verifies: SAFE-22)", async () => {
    const rig = new Rig({ locked: true, protection: { tested: ["photo_eye"] } });
    rig.arm.height = 1;
    rig.tellAll();
    await rig.run(3_000);
    expect(tests(rig)).toEqual([]);
  });
});

describe("cycles an hour", () => {
  it("too many are refused on the closing side only, until the hour has moved on (Verifies: SAFE-23)", async () => {
    const rig = await armUp({ protection: { cycles_an_hour: 10 } });
    for (let cycle = 0; cycle < 10; cycle++) {
      expect(await vetoOf(rig)).toBeNull();
      await rig.run(1_500);
      rig.guard({ kind: "open", grant: `g${cycle}`, notAfter: later(rig.clock.mono(), 10_000) });
      await rig.run(2_500);
      expect(rig.arm.height).toBe(1);
    }
    expect(await vetoOf(rig)).toBe("too_many_cycles");
    expect(alarms(rig)).toContain("too_many_cycles");
    rig.silence();
    rig.clock.advance(3_600_000);
    rig.restoreFeed();
    await rig.run(1_000);
    expect(await vetoOf(rig)).toBeNull();
  }, 20_000);
});

describe("liveness", () => {
  it("an arm that stays up for nobody is an alarm, until it is down (Verifies: SAFE-24)", async () => {
    const rig = await armUp({ timings: { close_delay_ms: 1_000 }, protection: { tested: ["photo_eye"] } });
    rig.deaf.add("photo_eye");
    await rig.run(12_000);
    expect(rig.arm.height).toBe(0);
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(8_000);
    expect(alarms(rig)).not.toContain("not_closing");
    await rig.run(9_000);
    expect(alarms(rig)).toContain("not_closing");
    rig.deaf.delete("photo_eye");
    await rig.run(6_000);
    expect(rig.arm.height).toBe(0);
    expect(alarms(rig)).toEqual([]);
  });

  it("is none while a hand holds it open, or a vehicle stands there (Verifies: SAFE-24)", async () => {
    const held = await Rig.ready();
    held.command("hold").catch(() => {});
    await held.run(30_000);
    expect(held.arm.height).toBe(1);
    expect(alarms(held)).toEqual([]);
    const occupied = await armUp();
    occupied.loop("safety", "occupied");
    await occupied.run(30_000);
    expect(alarms(occupied)).toEqual([]);
  });
});

describe("arm that moves by itself", () => {
  it("comes down with both relays off: raised again, latched, alarm (Verifies: SAFE-11)", async () => {
    const rig = await armUp();
    rig.arm.welded = "down";
    await rig.run(5_000);
    expect(rig.reports).toContainEqual({ kind: "fault", code: "arm_moved" });
    expect(rig.mode).toBe("fault");
    expect(await vetoOf(rig)).toBe("latched");
    rig.arm.welded = null;
    await rig.run(9_000);
    expect(rig.arm.height).toBe(1);
  });

  it("is no fault when it flutters at its limit", async () => {
    const rig = await armUp();
    rig.arm.height = 0.99;
    rig.arm.stuck = true;
    await rig.run(100);
    rig.arm.height = 1;
    await rig.run(500);
    expect(rig.reports.some((one) => one.kind === "fault")).toBe(false);
    expect(await vetoOf(rig)).toBeNull();
  });
});

describe("cabinet and key", () => {
  it("are told, and move nothing", async () => {
    const rig = await Rig.ready({ protection: { cabinet_door: true, key_switch: true } });
    rig.contact("cabinet_door", "open");
    rig.contact("key_switch", "open");
    await rig.run(100);
    expect(alarms(rig)).toContain("cabinet_open");
    expect(rig.reports.findLast((one) => one.kind === "inputs")).toMatchObject({ inputs: { keySwitch: true } });
    expect(rig.outputs.filter(({ output }) => output.kind === "relay" && output.on)).toEqual([]);
  });
});
