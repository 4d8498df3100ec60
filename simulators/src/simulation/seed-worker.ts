import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { plant } from "./planted/plant.ts";
import type { PlantedFault } from "./planted/planted-fault.ts";
import type { RunResult, SeedPlan } from "./run.ts";

/** What the parent asks for. */
export type SeedJob =
  /** First of all, if at all. */
  { readonly kind: "plant"; readonly fault: PlantedFault } | { readonly kind: "run"; readonly plan: SeedPlan };

/** What it is told: the result of one run, or that the code under test could not go on. */
export type SeedAnswer =
  | { readonly kind: "ran"; readonly result: RunResult }
  | { readonly kind: "threw"; readonly message: string };

/** Stacks of errors that are expected cost a tenth of a run. */
Error.stackTraceLimit = 0;

function answer(said: SeedAnswer): void {
  process.send?.(said);
}

async function work(job: SeedJob): Promise<void> {
  if (job.kind === "plant") {
    plant(job.fault);
    return;
  }
  // Only now, so that a planted fault is read.
  const { runSeed } = await import("./run.ts");
  answer({ kind: "ran", result: await runSeed({ ...job.plan, trace: null }) });
}

function threw(error: unknown): void {
  answer({ kind: "threw", message: errorMessage(error) });
}

process.on("unhandledRejection", threw);
process.on("uncaughtException", threw);
process.on("message", (job: SeedJob) => void work(job).catch(threw));
process.on("disconnect", () => process.exit(0));
