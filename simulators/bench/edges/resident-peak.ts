import { readFileSync, writeFileSync } from "node:fs";

/** The most memory that a process has really held since its start or since `startOver`, bytes (proc(5), `VmHWM`). */
export function residentPeak(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1_024;
}

/** Lets the kernel's peak begin at what the process holds now (proc(5), `clear_refs`, 5). */
export function startOver(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
