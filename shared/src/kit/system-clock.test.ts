import sinon from "sinon";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sleep } from "./clock.ts";
import { scaleWall, systemClock } from "./system-clock.ts";

const NOON = Date.UTC(2026, 4, 4, 12);

let machine: sinon.SinonFakeTimers;

beforeEach(() => {
  machine = sinon.useFakeTimers({ now: NOON });
});
afterEach(() => machine.restore());

describe("the machine's clock", () => {
  it("tells wall and monotonic time, and steps of the wall clock move only the former", () => {
    const clock = systemClock();
    const [wall, mono] = [clock.wall(), clock.mono()];
    machine.tick(1_500);
    machine.setSystemTime(0);
    expect(clock.wall()).toBe(0);
    expect(clock.mono() - mono).toBe(1_500);
    expect(wall).toBe(NOON);
  });

  it("fires once, again and again, and not after a cancel", () => {
    const clock = systemClock();
    const fired: string[] = [];
    clock.after(100, () => fired.push("once"));
    const cancelled = clock.after(100, () => fired.push("never"));
    const steady = clock.every(40, () => fired.push("steady"));
    cancelled.cancel();
    machine.tick(90);
    steady.cancel();
    machine.tick(90);
    expect(fired).toEqual(["steady", "steady", "once"]);
  });

  it("sleeps for as long as asked, and no longer once it is told to wake", async () => {
    const clock = systemClock();
    const aborting = new AbortController();
    let isAwake = false;
    const sleeping = sleep(clock, 5_000, aborting.signal).then(() => {
      isAwake = true;
    });
    await machine.tickAsync(4_999);
    expect(isAwake).toBe(false);
    aborting.abort();
    await sleeping;
    expect(machine.countTimers()).toBe(0);
  });
});

describe("a simulated lot's clock", () => {
  it("runs faster on the wall and not at all faster in monotonic time", () => {
    const clock = systemClock({ anchorMachineMs: NOON, anchorWallMs: NOON + 86_400_000, rate: 60 });
    const mono = clock.mono();
    machine.tick(1_000);
    expect(clock.wall()).toBe(NOON + 86_400_000 + 60_000);
    expect(clock.mono() - mono).toBe(1_000);
  });

  it("reads the same in every process with the same anchors", () => {
    const rate = { anchorMachineMs: NOON, anchorWallMs: 0, rate: 2.5 };
    expect(scaleWall(NOON + 1_000, rate)).toBe(2_500);
    expect(scaleWall(NOON - 1_000, rate)).toBe(-2_500);
  });
});
