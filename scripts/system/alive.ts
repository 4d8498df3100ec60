import { readFileSync } from "node:fs";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";

/** Whether a process with that id runs. A zombie, ended but not yet waited for, doesn't (proc(5)). */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return statFieldsOf(pid)?.[0] !== "Z";
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/**
 * When a process began, in ticks since the machine's start; null where that can't be told. With the id it names one
 * process for good: ids are given again, after a restart in a container often the very same.
 */
export function bornAt(pid: number): string | null {
  return statFieldsOf(pid)?.[19] ?? null;
}

/** What /proc says of a process from its state (field 3) on; the name before that may hold anything. */
function statFieldsOf(pid: number): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? null;
  } catch {
    return null;
  }
}
