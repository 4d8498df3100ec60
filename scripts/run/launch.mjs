import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectEnvironment } from "./environment.mjs";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGWINCH"];
/** A terminal and npm may both deliver the same Ctrl-C; copies within this time are one press. */
const SAME_PRESS_MS = 300;

/**
 * Runs a script on the project's own Node with our input and output, and resolves with its exit code (128 + number of
 * the signal that ended it).
 *
 * The child leads a process group of its own, so that a Ctrl-C, which a terminal sends to the whole group, reaches it
 * once and through us, also when it is we alone who are signalled. The open channel lets it notice that we were killed.
 */
export function launch({ root, script, args }) {
  const watch = pathToFileURL(join(root, "scripts", "run", "parent-watch.mjs")).href;
  const child = spawn(join(root, "node_modules", ".bin", "node"), ["--import", watch, script, ...args], {
    cwd: root,
    env: { ...projectEnvironment(root), GATEHOUSE_LAUNCHER_PID: String(process.pid) },
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    detached: true,
  });
  forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

function forwardSignals(child) {
  const lastMs = new Map();
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - (lastMs.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_PRESS_MS) return;
      lastMs.set(signal, now);
      child.kill(signal);
    });
  }
}
