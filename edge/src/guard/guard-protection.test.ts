import { later } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import { Rig, type RigOptions } from "../lane/testing/rig.ts";
import { alarmsOf, armUp, testsOf, vetoOf } from "./testing/arm-up.ts";

/* The bounds of docs/rules.md and docs/io-socket.md, so that the code's own constants are tested too. */
const WITNESS_MS = 60_000;
const TUNING_MAX_MS = 20_000;
const DISCREPANCY_MS = 500;
const TEST_ANSWER_MS = 500;

describe("device test", () => {
  const protection = { tested: ["photo_eye"] } as const satisfies RigOptions["protection"];
  const tested = { protection: { tested: [...protection.tested] } };

  it("is passed at the top before each close, once a close (Verifies: SAFE-13)", async () => {
    const rig = await armUp(tested);
    expect(testsOf(rig).map(({ on }) => on)).toEqual([true, false]);
    expect(await vetoOf(rig)).toBeNull();
    await rig.run(2_000);
    expect(rig.arm.height).toBe(0);
    expect(testsOf(rig)).toHaveLength(2);
    rig.guard({ kind: "open", grant: "again", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(2_500);
    expect(testsOf(rig).map(({ on }) => on)).toEqual([true, false, true, false]);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("failed by an eye that does not go active: no close, an alarm, and a try again (Verifies: SAFE-13)", async () => {
    const rig = await Rig.ready(tested);
    rig.deaf.add("photo_eye");
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_100 + TEST_ANSWER_MS);
    expect(alarmsOf(rig)).toContain("device_test_failed_photo_eye");
    await rig.run(3_000);
    expect(await vetoOf(rig)).toBe("untested");
    expect(rig.relays("down")).toEqual([]);
    rig.deaf.delete("photo_eye");
    await rig.run(5_000);
    expect(alarmsOf(rig)).not.toContain("device_test_failed_photo_eye");
    expect(rig.relays("down")).toHaveLength(1);
  });

  it("failed by an eye that does not come back (Verifies: SAFE-13)", async () => {
    const rig = await Rig.ready(tested);
    rig.deaf.add("photo_eye");
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_100);
    rig.contact("photo_eye", "open");
    await rig.run(TEST_ANSWER_MS + 100);
    expect(testsOf(rig).at(-1)?.on).toBe(false);
    expect(alarmsOf(rig)).toContain("device_test_failed_photo_eye");
  });

  it("does not hold it against the eye that a vehicle stands in it", async () => {
    const rig = await Rig.ready(tested);
    rig.deaf.add("photo_eye");
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_100);
    rig.loop("safety", "occupied");
    rig.contact("photo_eye", "open");
    await rig.run(TEST_ANSWER_MS + 100);
    expect(alarmsOf(rig)).toEqual([]);
  });

  it("is broken off when the arm moves, with its output off", async () => {
    const rig = await Rig.ready(tested);
    rig.deaf.add("photo_eye");
    rig.guard({ kind: "open", grant: "g", notAfter: later(rig.clock.mono(), 10_000) });
    await rig.run(1_100);
    expect(testsOf(rig).at(-1)?.on).toBe(true);
    rig.contact("fire", "open");
    await rig.run(20);
    expect(testsOf(rig).at(-1)?.on).toBe(false);
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
      expect(alarmsOf(rig)).toContain(`channels_differ_${name}`);
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
      expect(alarmsOf(rig)).toContain(`channels_differ_${name}`);
      first(rig, name, false);
      second(rig, false);
      await rig.run(300);
      expect(await vetoOf(rig)).toBe("hazard");
      await rig.run(400);
      expect(alarmsOf(rig)).not.toContain(`channels_differ_${name}`);
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
    expect(testsOf(rig)).toHaveLength(4);
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
      expect(alarmsOf(rig)).toContain("loop_restarted_safety");
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
      expect(alarmsOf(rig)).not.toContain("loop_restarted_safety");
      expect(await vetoOf(rig)).toBeNull();
    },
  );

  it("that tells a vehicle until it is tuned has not seen one pass (Verifies: SAFE-15)", async () => {
    const rig = await armUp();
    rig.loop("safety", "restarted");
    rig.loop("safety", "occupied"); // a fail-safe output of a detector that tunes
    await rig.run(TUNING_MAX_MS);
    rig.loop("safety", "clear"); // tuned, maybe with a vehicle on it
    await rig.run(1_000);
    expect(await vetoOf(rig)).toBe("hazard");
    rig.loop("safety", "occupied");
    await rig.run(500);
    rig.loop("safety", "clear");
    await rig.run(600);
    expect(await vetoOf(rig)).toBeNull();
  });

  it("is not proven by a reset: its alarm is told anew (Verifies: SAFE-15)", async () => {
    const rig = await armUp();
    rig.loop("safety", "restarted");
    rig.loop("safety", "clear");
    await rig.run(600);
    const done = rig.command("reset");
    await rig.run(50);
    expect(await done).toMatchObject({ ok: true });
    expect(alarmsOf(rig)).toContain("loop_restarted_safety");
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
