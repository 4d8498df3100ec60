import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { availableParallelism } from "node:os";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { planOf, type SimPlan, USAGE, UsageError } from "./options.ts";
import { tryAllFaults } from "./planted/try-faults.ts";
import { neverDone, type RunResult, runSeed } from "./run.ts";
import { runSeeds, type SeedOutcome } from "./seed-workers.ts";
import { summaryOf } from "./summary.ts";

/** Seeds with a broken rule after which no more begin: somebody has to look first. */
const BROKEN_SEEDS_MAX = 5;
/** How often a run over many seeds says how far it is, in gate-hours. */
const TELL_EVERY_GATE_HOURS = 1_000_000;

async function act(plan: SimPlan, clock: Clock): Promise<number> {
  switch (plan.kind) {
    case "help":
      print(USAGE);
      return 0;
    case "one":
      return runOne(plan, clock);
    case "seeds":
      return runMany(plan, clock);
    case "planted": {
      const { faults, plans } = plan;
      return tryAllFaults({ faults, plans, workers: plan.workers ?? availableParallelism(), clock, print });
    }
    default:
      return assertNever(plan);
  }
}

async function runOne({ plan, trace }: Extract<SimPlan, { kind: "one" }>, clock: Clock): Promise<number> {
  const file = trace === null ? null : createWriteStream(trace);
  if (file !== null) await once(file, "open");
  const started = clock.mono();
  const result = await runSeed({ ...plan, trace: file });
  file?.end();
  for (const line of summaryOf([result], (clock.mono() - started) / 1_000)) print(line);
  for (const broken of result.broken) print(`BROKEN ${broken}`);
  print(`broken: ${result.broken.length}`);
  print(`trace ${result.traceHash}`);
  return result.broken.length > 0 ? 1 : 0;
}

async function runMany(plan: Extract<SimPlan, { kind: "seeds" }>, clock: Clock): Promise<number> {
  const { plans, isWhole, maxMinutes } = plan;
  const started = clock.mono();
  const results: RunResult[] = [];
  let broken = 0;
  let told = 0;
  const onOutcome = (outcome: SeedOutcome): boolean => {
    if (outcome.kind === "ran") results.push(outcome.result);
    const words = brokenIn(outcome);
    if (words.length > 0) broken++;
    for (const line of words) print(line);
    const gateHours = results.reduce((sum, one) => sum + one.gateHours, 0);
    if (gateHours >= told + TELL_EVERY_GATE_HOURS) {
      told = gateHours;
      print(
        `${gateHours.toFixed(0)} gate-hours, ${results.length} of ${plans.length} seeds, ${broken} with a broken rule`,
      );
    }
    const isLate = maxMinutes !== null && clock.mono() - started >= maxMinutes * MINUTE_MS;
    return broken < BROKEN_SEEDS_MAX && !isLate;
  };
  const count = plan.workers ?? availableParallelism();
  await runSeeds(plans, { count, clock, fault: null, onOutcome });
  for (const line of summaryOf(results, (clock.mono() - started) / 1_000)) print(line);
  if (results.length < plans.length) print(`${results.length} of ${plans.length} seeds were run.`);
  const missing = isWhole && broken === 0 ? neverDone(results) : [];
  for (const what of missing) print(what);
  print(`seeds with a broken rule: ${broken}`);
  return broken > 0 || missing.length > 0 ? 1 : 0;
}

/** What was broken in a run, and how to see it again. */
function brokenIn(outcome: SeedOutcome): readonly string[] {
  const { seed, hours, lots } = outcome.plan;
  const words =
    outcome.kind === "ran" ? outcome.result.broken : [`The run did not come to its end: ${outcome.message}`];
  if (words.length === 0) return [];
  const again = `npm run sim -- --seed ${seed} --hours ${hours} --lots ${lots} --trace trace.txt`;
  return [...words.map((line) => `BROKEN (seed ${seed}) ${line}`), `Again, with each message in trace.txt: ${again}`];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  try {
    return await act(planOf(process.argv.slice(2)), systemClock());
  } catch (error) {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${errorMessage(error)}${isUsage ? `\n\n${USAGE}` : ""}\n`);
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main();
