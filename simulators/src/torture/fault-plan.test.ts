import { describe, expect, it } from "vitest";
import { CLOCK_FAULTS, DISK_FAULTS, type FaultKind, faultPlan, PROCESS_FAULTS } from "./fault-plan.ts";

const KINDS: readonly FaultKind[] = [...PROCESS_FAULTS, ...DISK_FAULTS, ...CLOCK_FAULTS, "broker_killed"];
const OPTIONS = { seed: 7, lots: 2, durationMs: 600_000, kinds: KINDS };

describe("the plan of faults", () => {
  it("is the same for the same seed and another for another", () => {
    expect(faultPlan(OPTIONS)).toEqual(faultPlan(OPTIONS));
    expect(faultPlan({ ...OPTIONS, seed: 8 })).not.toEqual(faultPlan(OPTIONS));
  });

  it("has every kind of fault in ten minutes, for each lot", () => {
    const plan = faultPlan(OPTIONS);
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(KINDS));
    expect(new Set(plan.flatMap((fault) => ("lot" in fault ? [fault.lot] : [])))).toEqual(new Set([0, 1]));
  });

  it("has only the faults that can be done", () => {
    const plan = faultPlan({ ...OPTIONS, kinds: ["agent_killed"] });
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(["agent_killed"]));
  });

  it("lets every fault end before the plan does", () => {
    for (const fault of faultPlan(OPTIONS)) {
      expect(fault.atMs + ("forMs" in fault ? fault.forMs : 0)).toBeLessThanOrEqual(OPTIONS.durationMs);
    }
  });
});
