import { expect, it } from "vitest";
import { recordedAgent } from "../local-api/testing/agent-view.ts";
import { lanesView } from "./lanes-view.ts";

const [lane] = recordedAgent().lanes.snapshot();
if (!lane) throw new Error("The sample has a lane.");
const lanes = ["in-1", "in-2", "out-1", "out-2"].map((code) => ({ ...lane, code }));

it("shows pictures where they fit, then a table, then what fits of it", () => {
  expect(lanesView(lanes, 23).split("\n")).toHaveLength(23);
  expect(lanesView(lanes, 23)).toContain("arming        safety");
  expect(lanesView(lanes, 22).split("\n")).toHaveLength(5);
  expect(lanesView(lanes, 22)).toMatch(/^LANE .*\nin-1 /);
  expect(lanesView(lanes, 4).split("\n").slice(2)).toEqual([
    expect.stringMatching(/^in-2 /),
    "2 more; see one with: gate watch LANE",
  ]);
});

it("says so when there are none", () => {
  expect(lanesView([], 24)).toBe("This lot has no lanes.");
});
