import { globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Mutant } from "../edge/mutants/mutant.ts";
import { runTests, type Verdict } from "./mutants/run-tests.ts";
import { makeScratch, type Scratch } from "./mutants/scratch.ts";

const USAGE = "Usage: npm run mutants -- [--short] [ID...]";
const root = join(import.meta.dirname, "..");

const VETO = ["edge/src/lane/interlocks.test.ts"];
const GUARD = ["reducer", "loop", "arm", "safety", "protection", "limits"].map(
  (name) => `edge/src/guard/guard-${name}.test.ts`,
);
const LANE = ["passages", "commands", "failures", "closes", "modes"].map(
  (name) => `edge/src/lane/lane-${name}.test.ts`,
);
const KEPT = ["edge/src/lane/kept-doubts.test.ts", "edge/src/lane/lane-modes.test.ts"];
const RANDOM = ["guard/guard-random", "lane/lane-random"].map((name) => `edge/src/${name}.test.ts`);

/** The tests of lane and guard: those that know a file best go first, and the slow ones only see what those let through. */
function groupsFor({ file }: Mutant): readonly (readonly string[])[] {
  if (file === "lane/interlocks.ts") return [VETO, GUARD, LANE, RANDOM];
  if (file.startsWith("lane/kept-")) return [KEPT];
  return file.startsWith("lane/") ? [LANE, GUARD, RANDOM] : [GUARD, LANE, RANDOM];
}

/** Copies that are worked on at the same time: on a small machine more would only wait for each other. */
const AT_ONCE = 2;

interface Outcome {
  readonly mutant: Mutant;
  readonly caught: boolean;
  readonly words: string;
  readonly seconds: number;
}

async function allMutants(): Promise<readonly Mutant[]> {
  const files = globSync("edge/mutants/*.ts", { cwd: root }).sort();
  const lists = await Promise.all(
    files.map(async (file) => {
      const module: { readonly mutants?: readonly Mutant[] } = await import(pathToFileURL(join(root, file)).href);
      return module.mutants ?? [];
    }),
  );
  const mutants = lists.flat();
  const twice = mutants.find((one, at) => mutants.findIndex(({ id }) => id === one.id) !== at);
  if (twice) throw new Error(`Two mutants are called ${twice.id}; give each a name of its own.`);
  return mutants;
}

/** One fault of each rule, always the same one: what CI has time for. */
function sample(mutants: readonly Mutant[]): readonly Mutant[] {
  return mutants.filter((one, at) => mutants.findIndex(({ rule }) => rule === one.rule) === at);
}

async function tryOut(scratch: Scratch, mutant: Mutant): Promise<Outcome> {
  const started = performance.now();
  const told = (caught: boolean, words: string): Outcome => {
    return { mutant, caught, words, seconds: (performance.now() - started) / 1_000 };
  };
  const unfit = scratch.apply(mutant);
  if (unfit !== null) return told(false, `does not apply any more: ${unfit}`);
  try {
    for (const files of groupsFor(mutant)) {
      const verdict = await runTests(scratch.directory, files);
      if (verdict.kind === "failed") return told(true, verdict.test);
      if (verdict.kind === "broken") return told(false, `the source can't be run: ${verdict.message}`);
    }
    return told(false, "SURVIVED: no test fails");
  } finally {
    scratch.restore(mutant);
  }
}

/** Without a fault every test has to pass, or a failure would say nothing. */
async function checkSound(scratches: readonly Scratch[]): Promise<Verdict> {
  const halves = [[...VETO, ...GUARD, ...LANE, ...KEPT], RANDOM];
  const verdicts = await Promise.all(
    scratches.map(async ({ directory }, at): Promise<Verdict> => runTests(directory, halves[at] ?? [])),
  );
  return verdicts.find(({ kind }) => kind !== "passed") ?? { kind: "passed" };
}

function tell({ mutant, caught, words, seconds }: Outcome): void {
  const mark = caught ? "caught" : "MISSED";
  console.log(`${mark} ${mutant.rule} ${mutant.id.padEnd(34)} ${seconds.toFixed(1).padStart(5)} s  ${words}`);
}

async function tryAll(scratches: readonly Scratch[], mutants: readonly Mutant[]): Promise<readonly Outcome[]> {
  const queue = [...mutants];
  const outcomes: Outcome[] = [];
  const work = async (scratch: Scratch): Promise<void> => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const outcome = await tryOut(scratch, mutant);
      tell(outcome);
      outcomes.push(outcome);
    }
  };
  await Promise.all(scratches.map(work));
  return outcomes;
}

async function main(args: readonly string[]): Promise<number> {
  const short = args.includes("--short");
  const names = args.filter((arg) => arg !== "--short");
  const all = await allMutants();
  const unknown = names.find((name) => name.startsWith("-") || !all.some(({ id }) => id === name));
  if (unknown !== undefined) {
    console.error(unknown.startsWith("-") ? USAGE : `There is no mutant "${unknown}"; see edge/mutants.\n${USAGE}`);
    return 2;
  }
  const chosen = names.length > 0 ? all.filter(({ id }) => names.includes(id)) : short ? sample(all) : all;
  const started = performance.now();
  const scratches = Array.from({ length: AT_ONCE }, () => makeScratch(root));
  const clear = (): void => scratches.forEach((one) => void one.remove());
  process.on("exit", clear);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
  const sound = await checkSound(scratches);
  if (sound.kind !== "passed") {
    console.error("Without any fault the tests don't pass; put that right first:");
    console.error(sound.kind === "failed" ? sound.test : sound.message);
    return 1;
  }
  const outcomes = await tryAll(scratches, chosen);
  const caught = outcomes.filter((one) => one.caught).length;
  console.log(`${outcomes.length} mutants, ${caught} caught, ${((performance.now() - started) / 1_000).toFixed(0)} s`);
  return caught === outcomes.length ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
