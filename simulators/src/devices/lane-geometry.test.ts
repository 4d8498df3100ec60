import { describe, expect, it } from "vitest";
import { committed, FITTED_LOOPS, loopOccupied, STOP_LINE_M, throughLane, underArm } from "./lane-geometry.ts";

const LENGTHS_M = [3.8, 4.4, 5.2];

describe("lane geometry", () => {
  it("has a vehicle at the stop line over the arming loop alone, free of the arm", () => {
    const body = { frontM: STOP_LINE_M, lengthM: 4.2 };
    expect(FITTED_LOOPS.filter((loop) => loopOccupied(loop, [body]))).toEqual(["arming"]);
    expect(underArm(body)).toBe(false);
    expect(committed(body)).toBe(false);
  });

  it.each(LENGTHS_M)("shows a passage of %s m as arming, safety, closing, each once", (lengthM) => {
    const edges: string[] = [];
    let before = new Set<string>();
    for (let frontM = -9; frontM < 12; frontM += 0.05) {
      const now = new Set<string>(FITTED_LOOPS.filter((loop) => loopOccupied(loop, [{ frontM, lengthM }])));
      for (const loop of now) if (!before.has(loop)) edges.push(`+${loop}`);
      for (const loop of before) if (!now.has(loop)) edges.push(`-${loop}`);
      before = now;
    }
    expect(edges.filter((edge) => edge.startsWith("+"))).toEqual(["+arming", "+safety", "+closing"]);
    expect(edges.filter((edge) => edge.startsWith("-"))).toEqual(["-arming", "-safety", "-closing"]);
    expect(throughLane({ frontM: 12, lengthM })).toBe(true);
  });

  it.each(LENGTHS_M)("never has a vehicle of %s m under the arm that the safety loop does not see", (lengthM) => {
    for (let frontM = -9; frontM < 12; frontM += 0.05) {
      const body = { frontM, lengthM };
      if (underArm(body)) expect(loopOccupied("safety", [body])).toBe(true);
    }
  });
});
