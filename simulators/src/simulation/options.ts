import { parseArgs } from "node:util";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { PLANTED } from "./planted/all.ts";
import type { PlantedFault } from "./planted/planted-fault.ts";
import { LANES_PER_LOT, type SeedPlan, seedsFor } from "./run.ts";

/** Gate-hours of the forms that take their seeds by themselves. */
const SHORT_GATE_HOURS = 100_000;
const LONG_GATE_HOURS = 10_000_000;
const GATE_HOURS_MAX = 1_000_000_000;
const WORKERS_MAX = 64;
const MINUTES_MAX = 10_000;

export const USAGE = `Usage: npm run sim -- [--short | --long | --gate-hours G] [--max-minutes M] [--workers W]
       npm run sim -- --seed N [--hours H] [--lots L] [--trace FILE]
       npm run sim -- --planted [ID...] [--gate-hours G] [--workers W]

Runs the sync of edge and hub in virtual time, under faults, and judges its rules. Everything comes from the seed: the
same seed gives the same run and the same trace hash. A gate-hour is a virtual hour of one lane; a lot has
${LANES_PER_LOT} lanes, and one edge.

  --short         seeds for ${SHORT_GATE_HOURS} gate-hours; fails also when a kind of fault or a situation never came
                  (default)
  --long          as --short, for ${LONG_GATE_HOURS} gate-hours
  --gate-hours G  as --short, for so many, and whatever came or not
  --max-minutes M begins no more seeds after so long, 1 to ${MINUTES_MAX}, and says how far it came
  --workers W     processes at a time, 1 to ${WORKERS_MAX} (default: one a processor)
  --seed N        one run from this seed, 0 to 4294967295, and its trace hash
  --hours H       its virtual hours, 1 to 100000 (default 120)
  --lots L        lots at one hub, 1 to 50 (default: as --short takes them for this seed)
  --trace FILE    writes each message with its time in ms to a file
  --planted       makes each of ${PLANTED.length} deliberate faults in the source, in memory and one at a time, and fails when a
                  short run (or one of --gate-hours) does not find it; with IDs only those

Exit code: 0 all rules held, 1 a rule was broken or something never came or was not found, 2 wrong options.`;

/** What the command line asks for. */
export type SimPlan =
  | { readonly kind: "help" }
  | {
      readonly kind: "seeds";
      readonly plans: readonly SeedPlan[];
      /** Each kind of fault and each situation has to come. */
      readonly isWhole: boolean;
      readonly maxMinutes: number | null;
      readonly workers: number | null;
    }
  | { readonly kind: "one"; readonly plan: SeedPlan; readonly trace: string | null }
  | {
      readonly kind: "planted";
      readonly faults: readonly PlantedFault[];
      readonly plans: readonly SeedPlan[];
      readonly workers: number | null;
    };

/** A wrong option, in words. */
export class UsageError extends Error {}

/** Reads the options. Throws UsageError. */
export function planOf(args: readonly string[]): SimPlan {
  const { values, positionals } = parse(args);
  if (values.help) return { kind: "help" };
  const workers = whole("--workers", values.workers, { low: 1, high: WORKERS_MAX });
  const gateHours = whole("--gate-hours", values["gate-hours"], { low: 1, high: GATE_HOURS_MAX });
  const maxMinutes = whole("--max-minutes", values["max-minutes"], { low: 1, high: MINUTES_MAX });
  const forms = [values.short, values.long, values.seed !== undefined, values.planted || gateHours !== null];
  if (forms.filter(Boolean).length > 1)
    throw new UsageError("Give one of --short, --long, --gate-hours (with or without --planted), --seed.");
  if (positionals.length > 0 && !values.planted) throw new UsageError(`"${positionals[0]}" is no option.`);
  if (maxMinutes !== null && (values.seed !== undefined || values.planted))
    throw new UsageError("--max-minutes needs --short, --long or --gate-hours.");
  if (values.seed !== undefined) return onePlan(values.seed, values);
  if (values.hours !== undefined || values.lots !== undefined || values.trace !== undefined)
    throw new UsageError("--hours, --lots and --trace need a --seed.");
  if (values.planted)
    return { kind: "planted", faults: named(positionals), plans: seedsFor(gateHours ?? SHORT_GATE_HOURS), workers };
  const plans = seedsFor(gateHours ?? (values.long ? LONG_GATE_HOURS : SHORT_GATE_HOURS));
  return { kind: "seeds", plans, isWhole: gateHours === null, maxMinutes, workers };
}

function onePlan(seedText: string, values: { hours?: string; lots?: string; trace?: string }): SimPlan {
  const seed = whole("--seed", seedText, { low: 0, high: 2 ** 32 - 1 }) ?? 0;
  const usual = seedsFor(1, seed)[0];
  const hours = whole("--hours", values.hours, { low: 1, high: 100_000 }) ?? usual?.hours ?? 1;
  const lots = whole("--lots", values.lots, { low: 1, high: 50 }) ?? usual?.lots ?? 1;
  return { kind: "one", plan: { seed, hours, lots }, trace: values.trace ?? null };
}

function named(ids: readonly string[]): readonly PlantedFault[] {
  const unknown = ids.find((id) => !PLANTED.some((fault) => fault.id === id));
  if (unknown !== undefined)
    throw new UsageError(
      `There is no planted fault "${unknown}". There are: ${PLANTED.map(({ id }) => id).join(", ")}.`,
    );
  return ids.length === 0 ? PLANTED : PLANTED.filter(({ id }) => ids.includes(id));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        short: { type: "boolean", default: false },
        long: { type: "boolean", default: false },
        planted: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        "gate-hours": { type: "string" },
        "max-minutes": { type: "string" },
        workers: { type: "string" },
        seed: { type: "string" },
        hours: { type: "string" },
        lots: { type: "string" },
        trace: { type: "string" },
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
