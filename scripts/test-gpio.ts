import { join } from "node:path";
import { buildMachine, type Machine } from "./gpio-vm/build-machine.ts";
import { installMissing, kernelVersion, whyNot } from "./gpio-vm/packages.ts";
import { type Outcome, runMachine } from "./gpio-vm/run-machine.ts";

/* npm run test:gpio: the agent's drivers in a virtual machine with GPIO lines and a watchdog. See gpio-vm/README.md. */

const ROOT = join(import.meta.dirname, "..");
const AT_MOST_MS = 300_000;
const VITEST = "node_modules/vitest/vitest.mjs";
const VITEST_WORDS = ["run", "--config", "scripts/gpio-vm/guest/vitest.config.ts"];
const WATCHDOG_JOB = "scripts/gpio-vm/guest/watchdog-job.ts";

interface Check {
  readonly what: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly holds: (outcome: Outcome) => boolean;
}

const CHECKS: readonly Check[] = [
  {
    what: "drivers of GPIO lines, by character device and by onoff, and the guard on real lines",
    program: VITEST,
    args: [...VITEST_WORDS, ...process.argv.slice(2)],
    holds: ({ exitCode }) => exitCode === 0,
  },
  {
    what: "a watchdog that is stood down leaves the machine alone",
    program: WATCHDOG_JOB,
    args: ["stop"],
    holds: ({ exitCode, hasBitten }) => exitCode === 0 && !hasBitten,
  },
  {
    what: "a watchdog without food resets the machine (Verifies: SAFE-10)",
    program: WATCHDOG_JOB,
    args: ["starve"],
    holds: ({ exitCode, hasBitten }) => exitCode === null && hasBitten,
  },
];

function skip(why: string): void {
  process.stdout.write(`test:gpio is skipped: ${why}. It needs Debian on x64 and root.\n`);
  process.stdout.write(`0 passed, 0 failed, ${CHECKS.length} skipped\n`);
}

async function runCheck(machine: Machine, { what, program, args, holds }: Check): Promise<boolean> {
  process.stdout.write(`\n== ${what}\n`);
  const onLine = (line: string): void => void process.stdout.write(`${line}\n`);
  const task = { kind: "program", root: ROOT, program, args } as const;
  const outcome = await runMachine({ machine, task, atMostMs: AT_MOST_MS, onLine });
  const passed = holds(outcome);
  const ending = outcome.hasBitten ? "reset by its watchdog" : `job ended with ${outcome.exitCode ?? "no word"}`;
  process.stdout.write(`== ${passed ? "passed" : "FAILED"} in ${Math.round(outcome.lastMs / 1_000)} s: ${ending}\n`);
  return passed;
}

async function main(): Promise<void> {
  const started = performance.now();
  const reason = whyNot() ?? installMissing();
  const version = kernelVersion();
  if (reason !== null || version === null) return skip(reason ?? "there is no kernel 6.1");
  const machine = buildMachine(join(ROOT, ".gatehouse", "gpio-vm"), version);
  process.stdout.write(`Kernel ${version}, ready after ${Math.round((performance.now() - started) / 1_000)} s.\n`);
  let passed = 0;
  for (const check of CHECKS) if (await runCheck(machine, check)) passed += 1;
  process.stdout.write(`\n${Math.round((performance.now() - started) / 1_000)} s in all\n`);
  process.stdout.write(`${passed} passed, ${CHECKS.length - passed} failed\n`);
  process.exitCode = passed === CHECKS.length ? 0 : 1;
}

await main();
