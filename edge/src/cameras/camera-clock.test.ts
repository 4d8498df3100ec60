import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CameraClock } from "./camera-clock.ts";

const OPTIONS = { lateAfterMs: 8_000, jitterMs: 3_000 };
const NOW = Date.UTC(2026, 10, 22, 12);
const at = (ms: number): WallMs => wallMs(NOW + ms);

/** A clock that has seen five reads in a minute, each `distance` older than its arrival. */
function known(distance: number): CameraClock {
  const clock = new CameraClock(OPTIONS);
  for (let n = 0; n < 5; n++) clock.isLate(at(n * 10_000 - distance), at(n * 10_000));
  return clock;
}

describe("a camera's clock", () => {
  it("needs not be right to tell a late read (Verifies: SAFE-27)", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e10, max: 1e10 }), fc.integer({ min: 9_000, max: 800_000 }), (wrong, wait) => {
        const clock = known(wrong);
        expect(clock.isLate(at(60_000 - wrong), at(60_000))).toBe(false);
        expect(clock.isLate(at(61_000 - wrong - wait), at(61_000))).toBe(true);
      }),
    );
  });

  it("can't judge a read without a stamp, nor the first of all", () => {
    const clock = new CameraClock(OPTIONS);
    expect(clock.isLate(null, at(0))).toBe(false);
    expect(clock.isLate(at(-5e9), at(0))).toBe(false);
    expect(clock.quality).toBe("unknown");
  });

  it("takes a wrong zone for what it is", () => {
    const clock = known(200);
    expect(clock.isLate(at(60_000 - 200 - 7 * 3_600_000), at(60_000))).toBe(false);
    expect(clock.quality).toBe("unsteady");
    expect(clock.isLate(at(70_000 - 200 - 30_000), at(70_000))).toBe(true);
  });

  it("does not let a burst of kept reads through, however many", () => {
    const clock = known(200);
    for (let n = 0; n < 30; n++)
      expect(clock.isLate(at(60_000 + n * 100 - 400_000 + n * 5_000), at(60_000 + n * 100))).toBe(true);
    expect(clock.isLate(at(70_000), at(70_200))).toBe(false);
  });

  it("does not take a burst for a clock that was set, though all of it waited as long", () => {
    const clock = known(200);
    for (let n = 0; n < 10; n++) expect(clock.isLate(at(60_000 + n * 200 - 400_000), at(60_000 + n * 200))).toBe(true);
  });

  it("does not let the same read through by being sent again and again", () => {
    const clock = known(200);
    for (let n = 1; n < 20; n++) expect(clock.isLate(at(41_000), at(41_000 + 10_000 * n))).toBe(true);
  });

  it("follows a clock that was set back after three vehicles, and one set forward at once", () => {
    const clock = known(200);
    const set = (n: number): boolean => clock.isLate(at(60_000 + n * 20_000 - 300_000), at(60_000 + n * 20_000));
    expect([set(0), set(1), set(2), set(3)]).toEqual([true, true, false, false]);
    expect(clock.isLate(at(150_000), at(150_200))).toBe(false);
    expect(clock.offsetMs).toBe(-200);
  });

  it("tells how far it is off", () => {
    expect(known(-4_000)).toMatchObject({ quality: "steady", offsetMs: 4_000 });
  });
});
