import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** POSIX's name of the machine's C compiler. */
const COMPILER = "cc";

/** Each figure round by round; times in ms from the moment each call was due, at 100 a second. */
const measured = z.object({
  commit: z.array(z.array(z.number())),
  desk: z.array(z.array(z.number())),
  eventsPerSecond: z.array(z.number()),
});
export type SlowFlushFigures = z.infer<typeof measured>;

/**
 * Runs the slow part in a process whose flushes take 8 ms longer, by a small library that is compiled here and preloaded.
 * Null when this machine has no C compiler or can't preload.
 */
export function runWithSlowFlush(options: {
  readonly rounds: number;
  readonly forMs: number;
  readonly permits: number;
}): SlowFlushFigures | null {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  try {
    const library = join(directory, "slow-flush.so");
    const source = fileURLToPath(new URL("./slow-flush.c", import.meta.url));
    if (spawnSync(COMPILER, ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"]).status !== 0) return null;
    const child = fileURLToPath(new URL("./slow-flush-child.ts", import.meta.url));
    const run = spawnSync(process.execPath, [child, ...[options.rounds, options.forMs, options.permits].map(String)], {
      encoding: "utf8",
      env: { ...process.env, LD_PRELOAD: library },
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (run.status !== 0) throw new Error(`The bench's process with the slow flush ended with ${run.status}.`);
    return measured.parse(JSON.parse(run.stdout));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
