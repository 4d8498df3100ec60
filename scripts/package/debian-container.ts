import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The line that try-in-debian.sh ends with, wherever the journal's prefix ends. */
const ENDED = /gatehouse-machine ended with (\d+)/;
/** What the journal writes before a line of the trial. */
const PREFIX = /^.*\bsh\[\d+\]: /;

/** Whether systemd can be process 1 of a container here. */
export function canBootContainers(): boolean {
  return process.getuid?.() === 0 && spawnSync("systemd-nspawn", ["--version"]).status === 0;
}

/**
 * Boots a copy of a Debian in a container with systemd as process 1, at the computer's own speed. Resolves with the trial's
 * exit code, null when it did not get to its end.
 */
export async function bootContainer(
  debian: string,
  { atMostMs, onLine }: { readonly atMostMs: number; readonly onLine: (line: string) => void },
): Promise<number | null> {
  const folder = join(mkdtempSync(join(tmpdir(), "gatehouse-debian-")), "root");
  cpSync(debian, folder, { recursive: true, verbatimSymlinks: true });
  const words = ["--directory", folder, "--boot", "--register=no", "--keep-unit", "--private-network"];
  const container = spawn("systemd-nspawn", words, { stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => container.kill("SIGKILL"), atMostMs);
  let exitCode: number | null = null;
  createInterface({ input: container.stdout }).on("line", (line) => {
    const ended = ENDED.exec(line);
    if (ended) exitCode = Number(ended[1]);
    else if (PREFIX.test(line)) onLine(line.replace(PREFIX, ""));
  });
  await new Promise((resolve) => container.once("close", resolve));
  clearTimeout(timer);
  rmSync(join(folder, ".."), { recursive: true, force: true });
  return exitCode;
}
