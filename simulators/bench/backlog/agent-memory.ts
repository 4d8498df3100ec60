import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { residentPeak } from "../edges/resident-peak.ts";
import type { HeldMost } from "./memory-probe.ts";

const PROBE = pathToFileURL(join(import.meta.dirname, "memory-probe.ts")).href;

/** What a process took at most since `startOver`, bytes. */
export interface MemoryPeak extends HeldMost {
  /** Memory that it really held. */
  readonly rss: number;
}

const UNIT = join(import.meta.dirname, "..", "..", "..", "scripts", "package", "debian", "gatehouse.service");

/** The variables with which an agent runs as its package's unit has it run, and notes in `file` what it holds. */
export function probed(file: string, codeCache: string): Readonly<Record<string, string>> {
  const options = /^ExecStart=.*\/node (.*) \S+main\.ts$/m.exec(readFileSync(UNIT, "utf8"))?.[1] ?? "";
  return {
    NODE_OPTIONS: `${options} --import ${PROBE}`,
    NODE_COMPILE_CACHE: codeCache,
    GATEHOUSE_BENCH_MEMORY_FILE: file,
  };
}

export function peakOf(pid: number, file: string): MemoryPeak {
  const held: HeldMost = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as HeldMost)
    : { heapUsed: 0, heapTotal: 0, external: 0 };
  return { ...held, rss: residentPeak(pid) };
}
