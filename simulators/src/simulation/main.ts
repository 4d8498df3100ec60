import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { parseArgs } from "node:util";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { LANES_PER_LOT, neverDone, type RunResult, runSeed, total } from "./run.ts";

const USAGE = `Usage: npm run sim -- [--short | --long | --seed N --hours H [--lots L] [--trace FILE]]

Runs the sync of edge and hub in virtual time, under faults, and judges its rules. Everything comes from the seed: the
same seed gives the same run and the same trace hash.

  --short      several seeds for about a minute; fails also when a kind of fault or a situation never came (default)
  --long       as --short for about twenty minutes
  --seed N     one run from this seed, 0 to 4294967295
  --hours H    its virtual hours, 1 to 100000 (default 24)
  --lots L     lots at one hub, 1 to 50, of ${LANES_PER_LOT} lanes each (default 1)
  --trace FILE writes each message with its time in ms to a file

Exit code: 0 all rules held, 1 a rule was broken or something never came, 2 wrong options.`;

/** Virtual hours of one seed; what a seed finds is found early, so many short ones find more than a long one. */
const HOURS_PER_SEED = 120;
const SHORT_SEEDS = 16;
const LONG_SEEDS = 200;

interface Plan {
  readonly seeds: readonly number[];
  readonly hours: number;
  readonly lots: number;
  readonly trace: string | null;
  readonly isWhole: boolean;
}

class UsageError extends Error {}

function planOf(args: readonly string[]): Plan | "help" {
  const { values } = parse(args);
  if (values.help) return "help";
  const hours = whole("--hours", values.hours, { low: 1, high: 100_000 });
  const lots = whole("--lots", values.lots, { low: 1, high: 50 }) ?? 1;
  const trace = values.trace ?? null;
  const seed = whole("--seed", values.seed, { low: 0, high: 2 ** 32 - 1 });
  if (seed !== null) {
    if (values.short || values.long) throw new UsageError("--seed can't be used with --short or --long.");
    return { seeds: [seed], hours: hours ?? 24, lots, trace, isWhole: false };
  }
  if (trace !== null || hours !== null) throw new UsageError("--hours and --trace need a --seed.");
  if (values.short && values.long) throw new UsageError("Give --short or --long, not both.");
  const count = values.long ? LONG_SEEDS : SHORT_SEEDS;
  return { seeds: Array.from({ length: count }, (_, at) => at + 1), hours: HOURS_PER_SEED, lots, trace, isWhole: true };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        hours: { type: "string" },
        lots: { type: "string" },
        trace: { type: "string" },
        short: { type: "boolean", default: false },
        long: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(errorMessage(error));
  }
}

function whole(name: string, text: string | undefined, { low, high }: { low: number; high: number }): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw new UsageError(`${name} takes a whole number from ${low} to ${high}, not "${text}".`);
}

async function run({ seeds, hours, lots, trace, isWhole }: Plan): Promise<number> {
  const file = trace === null ? null : createWriteStream(trace);
  if (file !== null) await once(file, "open");
  const clock = systemClock();
  const started = clock.mono();
  const results: RunResult[] = [];
  for (const seed of seeds) {
    const result = await runSeed({ seed, hours, lots, trace: file });
    results.push(result);
    for (const broken of result.broken) print(`BROKEN (seed ${seed}) ${broken}`);
    if (result.broken.length > 0) print(`Again: npm run sim -- --seed ${seed} --hours ${hours} --lots ${lots}`);
  }
  file?.end();
  summarize(results, (clock.mono() - started) / 1_000);
  const missing = isWhole ? neverDone(results) : [];
  for (const what of missing) print(what);
  return missing.length > 0 || results.some(({ broken }) => broken.length > 0) ? 1 : 0;
}

function summarize(results: readonly RunResult[], seconds: number): void {
  const sum = (of: (one: RunResult) => number): number => results.reduce((all, one) => all + of(one), 0);
  const gateHours = sum((one) => one.gateHours);
  const events = sum((one) => one.events);
  const counts = (maps: readonly ReadonlyMap<string, number>[]): string =>
    [...total(maps)]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const speed = (gateHours / seconds).toFixed(0);
  print(`${gateHours.toFixed(0)} gate-hours in ${seconds.toFixed(1)} s (${speed} a second), ${results.length} seed(s)`);
  print(`${events} events (${(events / gateHours).toFixed(1)} a gate-hour), ${sum((one) => one.timers)} timers`);
  print(`faults: ${counts(results.map((one) => one.faults))}`);
  print(`situations: ${counts(results.map((one) => one.reached))}`);
  print(`judged: ${counts(results.map((one) => one.judged))}`);
  print(`broken: ${sum((one) => one.broken.length)}`);
  if (results.length === 1) print(`trace ${results[0]?.traceHash ?? ""}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  try {
    const plan = planOf(process.argv.slice(2));
    if (plan === "help") {
      print(USAGE);
      return 0;
    }
    return await run(plan);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${errorMessage(error)}${isUsage ? `\n\n${USAGE}` : ""}\n`);
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main();
