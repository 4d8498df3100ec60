import { monoMs } from "@gatehouse/shared/kit/clock.ts";
import { expect, it } from "vitest";
import { type Debounced, debounce, type Seen } from "./debounce.ts";

function after(looks: readonly (readonly [number, boolean, boolean?])[]): Debounced {
  let state: Debounced = { closed: true, otherSince: null };
  for (const [ms, closed, hasMoved = false] of looks) {
    const seen: Seen = { closed, hasMoved, at: monoMs(ms) };
    state = debounce(state, seen, 20);
  }
  return state;
}

it("counts a level that has lasted, and not before", () => {
  expect(
    after([
      [0, false],
      [19, false],
    ]).closed,
  ).toBe(true);
  expect(
    after([
      [0, false],
      [20, false],
    ]).closed,
  ).toBe(false);
});

it("begins anew when the level was lost meanwhile", () => {
  expect(
    after([
      [0, false],
      [10, true],
      [15, false],
      [30, false],
    ]).closed,
  ).toBe(true);
  expect(
    after([
      [0, false],
      [15, false, true],
      [30, false],
    ]).closed,
  ).toBe(true);
  expect(
    after([
      [0, false],
      [15, false, true],
      [35, false],
    ]).closed,
  ).toBe(false);
});
