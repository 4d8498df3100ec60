import { describe, expect, it } from "vitest";
import { busyLanes, decideTrial, TRIAL_MS, type TrialFacts, WELL_MS } from "./decide-trial.ts";

const CLEAR = { arming: "clear", safety: "clear", closing: "clear" };
const LANE = { code: "in-1", mode: "automatic", state: "idle", loops: CLEAR };
const WELL: TrialFacts = { lanes: [LANE], isOnline: true, needsLink: true, wellMs: WELL_MS, runsMs: WELL_MS };

describe("a release on trial", () => {
  it("works when a lane and the link have been well for a while", () => {
    expect(decideTrial(WELL)).toEqual({ kind: "works" });
    expect(decideTrial({ ...WELL, wellMs: WELL_MS - 1 })).toEqual({ kind: "wait", isWell: true });
  });

  it("isn't judged by a link that wasn't there before", () => {
    expect(decideTrial({ ...WELL, isOnline: false, needsLink: false }).kind).toBe("works");
    expect(decideTrial({ ...WELL, isOnline: false })).toEqual({ kind: "wait", isWell: false });
  });

  it("needs one lane that sees and isn't broken, not all of them", () => {
    const blind = { ...LANE, loops: { ...CLEAR, safety: "unknown" } };
    expect(decideTrial({ ...WELL, lanes: [blind, LANE] }).kind).toBe("works");
    expect(decideTrial({ ...WELL, lanes: [blind] })).toEqual({ kind: "wait", isWell: false });
    expect(decideTrial({ ...WELL, lanes: [{ ...LANE, mode: "fault" }] })).toEqual({ kind: "wait", isWell: false });
  });

  it("fails at the end of its time, and says what was missing", () => {
    const late = { ...WELL, wellMs: 0, runsMs: TRIAL_MS };
    expect(decideTrial({ ...late, isOnline: false })).toMatchObject({
      kind: "failed",
      why: expect.stringMatching(/link/),
    });
    expect(decideTrial({ ...late, lanes: [] })).toMatchObject({ kind: "failed", why: "no lane works" });
  });
});

it("waits for every lane with a vehicle, a motion, or a loop that can't tell", () => {
  const lanes = [
    LANE,
    { ...LANE, code: "held", state: "open" },
    { ...LANE, code: "car", loops: { ...CLEAR, arming: "occupied" } },
    { ...LANE, code: "moves", state: "closing" },
    { ...LANE, code: "blind", loops: { ...CLEAR, safety: "fault" } },
  ];
  expect(busyLanes(lanes)).toEqual(["car", "moves", "blind"]);
});
