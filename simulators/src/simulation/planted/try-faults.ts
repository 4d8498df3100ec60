import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { SeedPlan } from "../run.ts";
import { runSeeds, type SeedOutcome } from "../seed-workers.ts";
import type { PlantedFault } from "./planted-fault.ts";

export interface TryFaultsOptions {
  readonly faults: readonly PlantedFault[];
  /** The seeds that a fault has to be found in. */
  readonly plans: readonly SeedPlan[];
  readonly workers: number;
  readonly clock: Clock;
  readonly print: (line: string) => void;
}

/** Plants one fault after another, and runs seeds until one breaks a rule. Resolves with the exit code. */
export async function tryAllFaults({ faults, plans, workers, clock, print }: TryFaultsOptions): Promise<number> {
  let found = 0;
  for (const fault of faults) {
    const started = clock.mono();
    const { how, gateHours } = await findFault(fault, plans, { count: workers, clock });
    const seconds = `${((clock.mono() - started) / 1_000).toFixed(1)} s`;
    if (how !== null) found++;
    const words = how === null ? "not one rule was broken" : how.slice(0, 160);
    print(
      `${how === null ? "MISSED" : "found "} ${fault.rule} ${fault.id.padEnd(34)} ${seconds.padStart(7)}  after ${gateHours.toFixed(0)} gate-hours: ${words}`,
    );
  }
  print(`${faults.length} planted faults, ${found} found`);
  return found === faults.length ? 0 : 1;
}

async function findFault(
  fault: PlantedFault,
  plans: readonly SeedPlan[],
  { count, clock }: { readonly count: number; readonly clock: Clock },
): Promise<{ readonly how: string | null; readonly gateHours: number }> {
  let how: string | null = null;
  let gateHours = 0;
  const onOutcome = (outcome: SeedOutcome): boolean => {
    if (outcome.kind === "ran") gateHours += outcome.result.gateHours;
    how ??= outcome.kind === "ran" ? (outcome.result.broken[0] ?? null) : outcome.message;
    return how === null;
  };
  await runSeeds(plans, { count, clock, fault, onOutcome });
  return { how, gateHours };
}
