import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { PlantedFault } from "./planted/planted-fault.ts";
import type { RunResult, SeedPlan } from "./run.ts";
import type { SeedAnswer, SeedJob } from "./seed-worker.ts";

const WORKER = fileURLToPath(new URL("./seed-worker.ts", import.meta.url));
/** Real time that one seed may take, ms; some twenty times what it takes on a busy machine. */
const SEED_MAX_MS = 300_000;

/** What became of one seed. `threw`: the code under test could not go on, or never came to an end. */
export type SeedOutcome =
  | { readonly kind: "ran"; readonly plan: SeedPlan; readonly result: RunResult }
  | { readonly kind: "threw"; readonly plan: SeedPlan; readonly message: string };

export interface SeedWorkersOptions {
  /** Processes at a time. */
  readonly count: number;
  readonly clock: Pick<Clock, "after">;
  /** Planted in each of them. */
  readonly fault: PlantedFault | null;
  /** Told of each outcome, in the order in which they come; no more seeds begin after it has said false. */
  readonly onOutcome: (outcome: SeedOutcome) => boolean;
}

/** Runs seeds in processes of their own, one at a time in each. Resolves when all that began have ended. */
export async function runSeeds(plans: readonly SeedPlan[], options: SeedWorkersOptions): Promise<void> {
  const queue = [...plans];
  let goesOn = true;
  const work = async (): Promise<void> => {
    let child: ChildProcess | null = null;
    for (let plan = queue.shift(); plan && goesOn; plan = queue.shift()) {
      child ??= startWorker(options.fault);
      const outcome = await runOne(child, plan, options.clock);
      if (outcome.kind === "threw") {
        child.kill("SIGKILL");
        child = null;
      }
      goesOn = options.onOutcome(outcome) && goesOn;
    }
    child?.kill();
  };
  await Promise.all(Array.from({ length: Math.min(options.count, plans.length) }, work));
}

function startWorker(fault: PlantedFault | null): ChildProcess {
  const child = fork(WORKER, { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
  if (fault !== null) child.send({ kind: "plant", fault } satisfies SeedJob);
  return child;
}

function runOne(child: ChildProcess, plan: SeedPlan, clock: Pick<Clock, "after">): Promise<SeedOutcome> {
  return new Promise((resolve) => {
    let timer: Timer | null = null;
    const end = (outcome: SeedOutcome): void => {
      timer?.cancel();
      child.removeAllListeners();
      resolve(outcome);
    };
    timer = clock.after(SEED_MAX_MS, () => {
      end({ kind: "threw", plan, message: `there was no end within ${SEED_MAX_MS / 1_000} s` });
    });
    child.once("message", (answer: SeedAnswer) => end({ plan, ...answer }));
    child.once("error", (error) => end({ kind: "threw", plan, message: error.message }));
    child.once("exit", (code, signal) =>
      end({ kind: "threw", plan, message: `its process ended (${signal ?? code})` }),
    );
    child.send({ kind: "run", plan } satisfies SeedJob);
  });
}
