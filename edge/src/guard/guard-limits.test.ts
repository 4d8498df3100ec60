import { later } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import { Rig, type RigOptions } from "../lane/testing/rig.ts";
import { alarmsOf, armUp, testsOf, vetoOf } from "./testing/arm-up.ts";

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
    expect(testsOf(rig)).toEqual([]);
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
    expect(alarmsOf(rig)).toContain("too_many_cycles");
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
    expect(alarmsOf(rig)).not.toContain("not_closing");
    await rig.run(9_000);
    expect(alarmsOf(rig)).toContain("not_closing");
    rig.deaf.delete("photo_eye");
    await rig.run(6_000);
    expect(rig.arm.height).toBe(0);
    expect(alarmsOf(rig)).toEqual([]);
  });

  it("is none while a hand holds it open, or a vehicle stands there (Verifies: SAFE-24)", async () => {
    const held = await Rig.ready();
    held.command("hold").catch(() => {});
    await held.run(30_000);
    expect(held.arm.height).toBe(1);
    expect(alarmsOf(held)).toEqual([]);
    const occupied = await armUp();
    occupied.loop("safety", "occupied");
    await occupied.run(30_000);
    expect(alarmsOf(occupied)).toEqual([]);
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
    expect(alarmsOf(rig)).toContain("cabinet_open");
    expect(rig.reports.findLast((one) => one.kind === "inputs")).toMatchObject({ inputs: { keySwitch: true } });
    expect(rig.outputs.filter(({ output }) => output.kind === "relay" && output.on)).toEqual([]);
  });
});
