import { expect, it } from "vitest";
import { judgeBoot, judgeHelloOrder } from "./boots.ts";

it("Verifies: SYNC-07: a run that another came after can't speak again, so two computers have one identity", () => {
  expect(judgeBoot({ last: null, isSuperseded: false }, "a")).toBe("next");
  expect(judgeBoot({ last: "a", isSuperseded: false }, "a")).toBe("same");
  expect(judgeBoot({ last: "a", isSuperseded: false }, "b")).toBe("next");
  expect(judgeBoot({ last: "b", isSuperseded: true }, "a")).toBe("clone");
});

it("Verifies: SYNC-17: a hello that is carried again or late is told from one that says something new", () => {
  const last = { boot: "a", sentMono: 500 };
  expect(judgeHelloOrder(null, last)).toBe("fresh");
  expect(judgeHelloOrder(last, { boot: "a", sentMono: 501 })).toBe("fresh");
  expect(judgeHelloOrder(last, { boot: "a", sentMono: 500 })).toBe("again");
  expect(judgeHelloOrder(last, { boot: "a", sentMono: 499 })).toBe("late");
  expect(judgeHelloOrder(last, { boot: "b", sentMono: 3 })).toBe("fresh");
});
