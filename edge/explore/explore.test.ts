import { describe, expect, it } from "vitest";
import { run, summary } from "./run.ts";
import { explore, type Model } from "./search.ts";
import { StateSet } from "./state-set.ts";

const counter = (change: Partial<Model<number>>): Model<number> => ({
  name: "counter",
  start: 0,
  actions: ["up", "twice"],
  apply: (state, action) => (action === "up" ? state + 1 : state * 2) % 100,
  key: String,
  check: () => null,
  settles: () => null,
  marks: (state) => [`at ${state % 10}`],
  ...change,
});

describe("the search", () => {
  it("reaches every state once and says that it closed", () => {
    expect(explore(counter({}), { maxStates: 1_000 })).toMatchObject({
      states: 100,
      transitions: 200,
      complete: true,
      breach: null,
    });
  });

  it("finds a broken rule by its shortest way, and one that only shows later", () => {
    const check = (after: number): string | null => (after === 12 ? "twelve" : null);
    const found = explore(counter({ check }), { maxStates: 1_000 });
    expect(found.breach).toEqual({ rule: "twelve", trace: ["up", "up", "up", "twice", "twice"] });
    const settles = (state: number): string | null => (state === 3 ? "three" : null);
    expect(explore(counter({ settles }), { maxStates: 1_000 }).breach).toEqual({
      rule: "three",
      trace: ["up", "up", "up"],
    });
  });

  it("does not call a search complete that hit its bound", () => {
    expect(explore(counter({}), { maxStates: 50 })).toMatchObject({ complete: false, breach: null });
  });

  it("keeps states apart while its set grows", () => {
    const set = new StateSet();
    for (let state = 0; state < 100_000; state++) expect(set.add(`state ${state}`)).toBe(true);
    expect(set.add("state 77")).toBe(false);
    expect(set.size).toBe(100_000);
  });
});

it("no order of vehicles, faults, commands and answers breaks a rule of lane and guard, and all that is declared is reached (Verifies: SAFE-01, SAFE-02, SAFE-04, SAFE-05, SAFE-07, SAFE-14, SAFE-16, SAFE-18, SAFE-19, SAFE-20, SAFE-21, SAFE-22, SAFE-24, SAFE-25, SAFE-27)", () => {
  const lines: string[] = [];
  const verdict = run({ isLong: false, name: null, print: (line) => lines.push(line) });
  process.stdout.write(`${[...lines, ...summary(verdict)].join("\n")}\n`);
  expect(verdict.missing).toEqual([]);
  expect(verdict.found.filter(({ complete, breach }) => !complete || breach !== null)).toEqual([]);
}, 180_000);
