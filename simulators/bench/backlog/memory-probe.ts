import { renameSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

/** What the main thread of a process held at most, by its own samples, bytes (nodejs.org: `process.memoryUsage`). */
export interface HeldMost {
  readonly heapUsed: number;
  readonly heapTotal: number;
  /** Buffers and other memory outside the heap that objects in it own. */
  readonly external: number;
}

const SAMPLE_EVERY_MS = 100;

// Loaded into the agent before its own code; it writes what it has seen into this file.
const file = process.env.GATEHOUSE_BENCH_MEMORY_FILE;
let most: HeldMost = { heapUsed: 0, heapTotal: 0, external: 0 };

function sample(target: string): void {
  const now = process.memoryUsage();
  most = {
    heapUsed: Math.max(most.heapUsed, now.heapUsed),
    heapTotal: Math.max(most.heapTotal, now.heapTotal),
    external: Math.max(most.external, now.external),
  };
  writeFileSync(`${target}.new`, JSON.stringify(most));
  renameSync(`${target}.new`, target);
}

if (file !== undefined && isMainThread) setInterval(() => sample(file), SAMPLE_EVERY_MS).unref();
