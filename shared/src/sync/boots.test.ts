import { expect, it } from "vitest";
import { judgeBoot } from "./boots.ts";

it("Verifies: SYNC-07: a run that another came after can't speak again, so two computers have one identity", () => {
  expect(judgeBoot({ last: null, isSuperseded: false }, "a")).toBe("next");
  expect(judgeBoot({ last: "a", isSuperseded: false }, "a")).toBe("same");
  expect(judgeBoot({ last: "a", isSuperseded: false }, "b")).toBe("next");
  expect(judgeBoot({ last: "b", isSuperseded: true }, "a")).toBe("clone");
});
