import { expect, test } from "vitest";
import { CollectingReport, figureLine } from "./report.ts";
import { interleave, median, percentile } from "./statistics.ts";

test("a figure is one line of six words", () => {
  const figure = { name: "decision-p99", value: 0.48211, unit: "ms", ratio: 1.0194, goal: "<=1.5", ok: true };
  expect(figureLine(figure)).toBe("decision-p99 0.482 ms 1.02 <=1.5 ok");
  expect(figureLine({ name: "rate", value: 11304.4, unit: "events/s", ok: false })).toBe(
    "rate 11304 events/s - - short",
  );
});

test("a word with a space would break the line's form and is refused", () => {
  expect(() => figureLine({ name: "two words", value: 1, unit: "ms", ok: true })).toThrow("two words");
  expect(() => figureLine({ name: "a", value: 1, unit: "", ok: true })).toThrow(RangeError);
});

test("a report prints each figure at once and keeps it", () => {
  const lines: string[] = [];
  const report = new CollectingReport({ short: true, print: (line) => lines.push(line) });
  report.figure({ name: "a", value: 0, unit: "ms", ok: true });
  report.figure({ name: "b", value: 2.5, unit: "ms", goal: "<=2", ok: false });
  expect(lines).toEqual(["a 0 ms - - ok", "b 2.5 ms - <=2 short"]);
  expect(report.figures.map(({ name }) => name)).toEqual(["a", "b"]);
});

test("percentiles are by nearest rank and don't need sorted samples", () => {
  const samples = [5, 1, 4, 2, 3, 10, 9, 8, 7, 6];
  expect([0, 0.1, 0.5, 0.9, 0.99, 1].map((p) => percentile(samples, p))).toEqual([1, 1, 5, 9, 10, 10]);
  expect(median([3])).toBe(3);
  expect(() => percentile([], 0.5)).toThrow("at least one");
});

test("contestants take turns, and the order turns around", async () => {
  const order: string[] = [];
  const enter = (name: string) => async (round: number) => {
    order.push(name);
    return `${name}${round}`;
  };
  expect(await interleave(3, { a: enter("a"), b: enter("b") })).toEqual({
    a: ["a0", "a1", "a2"],
    b: ["b0", "b1", "b2"],
  });
  expect(order).toEqual(["a", "b", "b", "a", "a", "b"]);
});
