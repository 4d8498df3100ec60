import { globSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { loadAverage, machineFacts } from "./bench/machine.ts";
import { type BenchModule, CollectingReport } from "./bench/report.ts";

const USAGE = "Usage: npm run bench -- [NAME] [--short] [--json FILE]";
const root = join(import.meta.dirname, "..");

interface Request {
  readonly name: string | undefined;
  readonly short: boolean;
  readonly jsonFile: string | undefined;
}

function readArguments(): Request | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { short: { type: "boolean", default: false }, json: { type: "string" } },
    });
    if (positionals.length > 1) return null;
    return { name: positionals[0], short: values.short, jsonFile: values.json };
  } catch {
    return null;
  }
}

/** Every bench of the project, by name; a name that two packages use is an error. */
function findBenches(): Map<string, string> {
  const files = globSync("{shared,edge,cloud,simulators}/bench/*.ts", { cwd: root }).sort();
  const benches = new Map<string, string>();
  for (const file of files.filter((path) => !path.endsWith(".test.ts"))) {
    const name = basename(file, ".ts");
    const other = benches.get(name);
    if (other) throw new Error(`${file} and ${other} have the same name; one must have another.`);
    benches.set(name, file);
  }
  return benches;
}

async function load(file: string): Promise<BenchModule | null> {
  const module: Partial<BenchModule> = await import(pathToFileURL(join(root, file)).href);
  const { description, bench } = module;
  return bench ? { bench, description: description ?? "" } : null;
}

async function list(benches: ReadonlyMap<string, string>): Promise<void> {
  console.log(`${USAGE}\n`);
  for (const [name, file] of benches) {
    const module = await load(file);
    if (module) console.log(`  ${name.padEnd(20)} ${module.description}`);
  }
}

async function run(name: string, file: string, { short, jsonFile }: Request): Promise<void> {
  const module = await load(file);
  if (!module) throw new Error(`${file} exports no function \`bench\`.`);
  const report = new CollectingReport({ short, print: (line) => console.log(line) });
  const startedAt = new Date().toISOString();
  const loadBefore = loadAverage();
  await module.bench(report);
  const loadAfter = loadAverage();
  const machine = { ...machineFacts(), loadBefore, loadAfter };
  console.error(`  ${machine.cores} cores (${machine.cpu}), load ${loadBefore} before and ${loadAfter} after`);
  if (jsonFile === undefined) return;
  // npm runs us in the project's folder; a relative name is meant from where the command was given.
  const target = resolve(process.env.INIT_CWD ?? process.cwd(), jsonFile);
  writeFileSync(
    target,
    `${JSON.stringify({ bench: name, startedAt, short, machine, figures: report.figures }, null, 2)}\n`,
  );
}

async function main(): Promise<number> {
  const request = readArguments();
  if (!request) {
    console.error(USAGE);
    return 2;
  }
  const benches = findBenches();
  if (request.name === undefined) {
    await list(benches);
    return 0;
  }
  const file = benches.get(request.name);
  if (file === undefined) {
    console.error(`There is no bench "${request.name}". There are: ${[...benches.keys()].join(", ") || "none"}.`);
    return 2;
  }
  await run(request.name, file, request);
  return 0;
}

// Exits outright: a pool or socket that a bench leaves open must not keep the run open.
process.exit(await main());
