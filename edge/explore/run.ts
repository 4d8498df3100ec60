import { DECLARED } from "./coverage.ts";
import { guardModels } from "./guard-models.ts";
import { laneModels } from "./lane-models.ts";
import { explore, type Found, type Model } from "./search.ts";
import { wholeModels } from "./whole-models.ts";

/** Most states of one model; one that has more is no proof, so the run fails and says which. */
const MAX_STATES = { short: 100_000, long: 3_000_000 };

/** What the models judge; each breach begins with one of these. */
export const RULES = [
  "SAFE-01",
  "SAFE-02",
  "SAFE-04",
  "SAFE-05",
  "SAFE-07",
  "SAFE-13",
  "SAFE-14",
  "SAFE-15",
  "SAFE-16",
  "SAFE-18",
  "SAFE-19",
  "SAFE-20",
  "SAFE-21",
  "SAFE-22",
  "SAFE-23",
  "SAFE-24",
  "SAFE-25",
  "SAFE-27",
  "one finish a movement",
  "one answer a command",
  "bounded",
] as const;

export interface Verdict {
  readonly found: readonly Found[];
  readonly missing: readonly string[];
  readonly ok: boolean;
}

/** Explores every model and says whether all of it held, closed and was reached. `name` takes one model only. */
export function run({ isLong, name, print }: RunOptions): Verdict {
  const maxStates = isLong ? MAX_STATES.long : MAX_STATES.short;
  const found: Found[] = [];
  const one = <State>(model: Model<State>): void => {
    if (name !== null && model.name !== name) return;
    const result = explore(model, { maxStates });
    found.push(result);
    print(lineOf(result));
  };
  for (const model of laneModels(isLong)) one(model);
  for (const model of guardModels(isLong)) one(model);
  for (const model of wholeModels(isLong)) one(model);
  const seen = new Set(found.flatMap((result) => [...result.seen]));
  const missing = name === null ? DECLARED.filter((mark) => !seen.has(mark)) : [];
  const held = found.every(({ complete, breach }) => complete && breach === null);
  return { found, missing, ok: held && missing.length === 0 && found.length > 0 };
}

export interface RunOptions {
  readonly isLong: boolean;
  readonly name: string | null;
  readonly print: (line: string) => void;
}

function lineOf({ model, states, transitions, depth, complete, breach }: Found): string {
  const size = `${states} states, ${transitions} transitions, ${depth} steps deep`;
  const end = breach ? `BROKEN ${breach.rule}` : complete ? "broken 0" : "NOT CLOSED: the bound of states was hit";
  return `${model.padEnd(26)} ${size}: ${end}`;
}

/** The summary of a run, its last line first in importance: what failed, else the figures. */
export function summary({ found, missing, ok }: Verdict): readonly string[] {
  const sum = (what: "states" | "transitions"): number => found.reduce((all, one) => all + one[what], 0);
  const breaches = found.flatMap(({ model, breach }) => (breach ? [{ model, ...breach }] : []));
  return [
    ...breaches.flatMap(({ model, rule, trace }) => [
      `${model}: ${rule}`,
      `  shortest way there: ${trace.join(", ")}`,
      `  again: npm run explore -- --model "${model}" --trace "${trace.join(", ")}"`,
    ]),
    ...missing.map((mark) => `declared as reachable, but not reached: ${mark}`),
    `${sum("states")} states, ${sum("transitions")} transitions, ${RULES.length} rules checked, broken ${breaches.length}`,
    ok ? "All of it held." : "FAILED",
  ];
}

/** Goes through a trace again and prints what each step makes of the state. */
export function replay(name: string, trace: readonly string[], print: (line: string) => void): boolean {
  const go = <State>(model: Model<State>): boolean => {
    let state = model.start;
    for (const action of trace) {
      const next = model.apply(state, action);
      print(`${action}\n    ${model.key(next)}`);
      const rule = model.check(next, state, action);
      if (rule !== null) print(`    BROKEN ${rule}`);
      state = next;
    }
    return true;
  };
  for (const isLong of [false, true]) {
    for (const model of laneModels(isLong)) if (model.name === name) return go(model);
    for (const model of guardModels(isLong)) if (model.name === name) return go(model);
    for (const model of wholeModels(isLong)) if (model.name === name) return go(model);
  }
  return false;
}
