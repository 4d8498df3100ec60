import { monoMs } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import { type Arm, armHeight, limitsOf, relaysReleased, restingArm, settled, switchRelay } from "./arm.ts";

const TRAVEL = { raiseMs: 1_000, lowerMs: 800 };
const at = monoMs;

function pulse(arm: Arm, relay: "up" | "down", fromMs: number, toMs: number): Arm {
  const on = switchRelay(arm, TRAVEL, { relay, on: true, now: at(fromMs) });
  return switchRelay(on, TRAVEL, { relay, on: false, now: at(toMs) });
}

describe("arm", () => {
  it("rises to its limit after one pulse, and only then says so", () => {
    const arm = pulse(restingArm(0, at(0)), "up", 100, 600);
    expect(limitsOf(arm, TRAVEL, at(50))).toEqual({ up: false, down: true });
    expect(limitsOf(arm, TRAVEL, at(1_099))).toEqual({ up: false, down: false });
    expect(limitsOf(arm, TRAVEL, at(1_100))).toEqual({ up: true, down: false });
  });

  it("goes on with a travel whose pulse has ended", () => {
    const arm = pulse(restingArm(1, at(0)), "down", 0, 200);
    expect(armHeight(arm, TRAVEL, at(400))).toBeCloseTo(0.5);
    expect(armHeight(arm, TRAVEL, at(900))).toBe(0);
  });

  it("turns round where it is when the other contact closes", () => {
    const lowering = pulse(restingArm(1, at(0)), "down", 0, 200);
    const reversed = pulse(lowering, "up", 400, 600);
    expect(armHeight(reversed, TRAVEL, at(400))).toBeCloseTo(0.5);
    expect(armHeight(reversed, TRAVEL, at(650))).toBeCloseTo(0.75);
    expect(limitsOf(reversed, TRAVEL, at(900)).up).toBe(true);
  });

  it("does not lower while the open contact is closed", () => {
    const up = switchRelay(restingArm(0, at(0)), TRAVEL, { relay: "up", on: true, now: at(0) });
    const both = switchRelay(up, TRAVEL, { relay: "down", on: true, now: at(2_000) });
    expect(armHeight(both, TRAVEL, at(3_000))).toBe(1);
  });

  it("rests at the limit once settled, and ends its travel without its relays", () => {
    const rising = switchRelay(restingArm(0, at(0)), TRAVEL, { relay: "up", on: true, now: at(0) });
    const lost = relaysReleased(rising);
    expect(lost.relays).toEqual({ up: false, down: false });
    expect(settled(lost, TRAVEL, at(500)).motion).toBe("raising");
    expect(settled(lost, TRAVEL, at(1_000))).toMatchObject({ motion: "still", from: 1 });
  });
});
