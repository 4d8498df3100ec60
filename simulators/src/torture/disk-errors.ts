import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";

const INJECT = ["-qq", "-f", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"];
const TRY_MAX_MS = 10_000;

/** Whether strace is here and may trace; says why not. */
export async function canFailFlushes(): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
  const tried = await promisify(execFile)("strace", [...INJECT, "true"], { timeout: TRY_MAX_MS }).then(
    () => null,
    (error: { readonly code?: unknown }) => error,
  );
  if (tried === null) return { ok: true };
  const why =
    tried.code === "ENOENT" ? "strace is not installed (apt-get install strace)" : "strace may not trace here";
  return { ok: false, why };
}

/** Makes every flush of a running process fail with EIO (as a dying card does) for a while. */
export async function failFlushes(pid: number | null, forMs: number, clock: Clock): Promise<void> {
  if (pid === null) throw new Error("The agent whose disk should fail doesn't run.");
  const strace = spawn("strace", [...INJECT, "-o", "/dev/null", "-p", String(pid)], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    strace.once("error", () => resolve());
    strace.once("exit", () => resolve());
  });
  await Promise.race([ended, sleep(clock, forMs)]);
  strace.kill("SIGINT");
  await ended;
}
