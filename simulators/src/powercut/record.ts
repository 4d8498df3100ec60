import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type DiskStep, readTrace, STRACE } from "./disk-trace.ts";

const WORKLOAD_MAX_MS = 180_000;

export interface RecordOptions {
  /** A folder of its own, that ends with the record. */
  readonly folder: string;
  readonly seed: number;
  /** Steps of the workload. */
  readonly steps: number;
  /** The store with a flush at checkpoints only. */
  readonly isWeaker: boolean;
}

/** Whether strace is here and may trace; says what to do where not. */
export async function whyNoRecord(): Promise<string | null> {
  const code = await ended("strace", [...STRACE, "-o", "/dev/null", "true"], "ignore");
  if (code === 0) return null;
  return code === null
    ? "strace is not installed: apt-get install strace"
    : "strace may not trace here: run it where ptrace is allowed (in a container: --cap-add SYS_PTRACE)";
}

/** Runs the workload on a new store and gives all that it did to its files. Rejects when it fails. */
export async function recordWorkload({ folder, seed, steps, isWeaker }: RecordOptions): Promise<readonly DiskStep[]> {
  const directory = join(folder, "store");
  const trace = join(folder, "trace");
  await rm(folder, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const weaker = isWeaker ? ["--import", join(import.meta.dirname, "weaker-flush.ts")] : [];
  const workload = [...weaker, join(import.meta.dirname, "workload.ts"), directory, String(seed), String(steps)];
  const code = await ended("strace", [...STRACE, "-o", trace, process.execPath, ...workload], "inherit");
  if (code !== 0) throw new Error(`The workload ended with ${code}; its own words stand above.`);
  const lines = createInterface({ input: createReadStream(trace, "latin1"), crlfDelay: Number.POSITIVE_INFINITY });
  const recorded = await readTrace(lines, directory);
  await rm(trace);
  return recorded;
}

/** The exit code; null when the program isn't there. */
function ended(command: string, args: readonly string[], errors: "ignore" | "inherit"): Promise<number | null> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", errors], timeout: WORKLOAD_MAX_MS });
  return new Promise((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
