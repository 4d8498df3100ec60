import { execFile, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { databasePath } from "@gatehouse/edge/store/open-database.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";

const TRY_MAX_MS = 10_000;

/** What a disk refuses: the calls that fail, and how (errno(3)). */
export const DISK_ERRORS = {
  /** A dying card: what was written may never reach it. */
  flush_fails: "fsync,fdatasync:error=EIO",
  disk_full: "write,pwrite64,ftruncate:error=ENOSPC",
  read_fails: "read,pread64:error=EIO",
} as const;
export type DiskError = keyof typeof DISK_ERRORS;

function inject(error: DiskError): string[] {
  const calls = DISK_ERRORS[error];
  return ["-qq", "-f", "-e", `trace=${calls.split(":")[0]}`, "-e", `inject=${calls}`];
}

/** Whether strace is here and may trace; says why not. */
export async function canFailDisk(): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
  const tried = await promisify(execFile)("strace", [...inject("flush_fails"), "true"], { timeout: TRY_MAX_MS }).then(
    () => null,
    (error: { readonly code?: unknown }) => error,
  );
  if (tried === null) return { ok: true };
  const why =
    tried.code === "ENOENT" ? "strace is not installed (apt-get install strace)" : "strace may not trace here";
  return { ok: false, why };
}

export interface FailingDisk {
  readonly pid: number | null;
  /** The data folder of the agent: the files of its store fail, and no other. */
  readonly dataDir: string;
  readonly error: DiskError;
  readonly forMs: number;
  readonly clock: Clock;
}

/** Makes the store's files of a running process fail for a while; resolves with how many of its calls did. */
export async function failDisk({ pid, dataDir, error, forMs, clock }: FailingDisk): Promise<number> {
  if (pid === null) throw new Error("The agent whose disk should fail doesn't run.");
  const output = join(dataDir, "..", `strace-${pid}.txt`);
  const store = databasePath(dataDir);
  const files = [store, `${store}-wal`, `${store}-journal`].flatMap((path) => ["-P", path]);
  const strace = spawn("strace", [...inject(error), ...files, "-o", output, "-p", String(pid)], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    strace.once("error", () => resolve());
    strace.once("exit", () => resolve());
  });
  await Promise.race([ended, sleep(clock, forMs)]);
  strace.kill("SIGINT");
  await ended;
  return takeInjected(output);
}

function takeInjected(output: string): number {
  try {
    return readFileSync(output, "utf8").split("(INJECTED)").length - 1;
  } catch {
    return 0;
  } finally {
    rmSync(output, { force: true });
  }
}
