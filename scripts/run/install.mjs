import { spawn } from "node:child_process";
import { constants } from "node:os";
import { installEnvironment } from "./environment.mjs";
import { SetupError } from "./setup-error.mjs";

/** The version that wrote pnpm-lock.yaml; also named in package.json. */
const PNPM = "pnpm@12.21.0";
const TELL_EVERY_MS = 15_000;
const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const KEPT_LINES = 400;
const SHOWN_LINES = 15;

/** Known causes, told apart by the codes that npm and pnpm print; the first that fits is told. */
const CAUSES = [
  [/ENOSPC/, "The disk is full. Free some space (about 1.5 GB are needed) and run the same command again."],
  [
    /ERR_PNPM_OUTDATED_LOCKFILE/,
    `A package.json asks for something that pnpm-lock.yaml doesn't hold. Run \`npx ${PNPM} install\` and look at the change.`,
  ],
  [/EACCES|EPERM/, "A file or folder can't be written. It may belong to another user, who ran this command before."],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|FETCH_FAIL|FetchError/,
    "The npm registry can't be reached. The first run needs a network; behind a proxy, set HTTPS_PROXY or npm's `proxy`.",
  ],
  [
    /E40[134]\b|ERR_PNPM_FETCH_40/,
    "The npm registry refused a package. `npm config get registry` tells which registry is used.",
  ],
];

/**
 * Installs exactly what pnpm-lock.yaml holds. Throws SetupError with the last lines of output and what to do, also when a
 * signal ends it. `onStart` is told the installer's process id.
 */
export async function installPackages(root, onStart) {
  process.stdout.write(
    "Setting up: fetching Node 24, Postgres 18 and the libraries into this folder. About half a minute.\n",
  );
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const ticker = setInterval(() => process.stdout.write(`  still at it after ${seconds()} s\n`), TELL_EVERY_MS);
  try {
    await runNpx(root, ["--yes", PNPM, "install", "--frozen-lockfile", "--reporter=append-only"], onStart);
  } finally {
    clearInterval(ticker);
  }
  process.stdout.write(`Set up in ${seconds()} s.\n`);
}

function runNpx(root, args, onStart) {
  return new Promise((resolve, reject) => {
    const lines = [];
    const child = spawn("npx", args, {
      cwd: root,
      env: installEnvironment(root),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    if (child.pid !== undefined) onStart(child.pid);
    const letGo = stopWithUs(child);
    const keep = (chunk) => {
      lines.push(...String(chunk).split("\n").filter(Boolean));
      lines.splice(0, Math.max(0, lines.length - KEPT_LINES));
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (cause) => reject(new SetupError(startFailure(cause), { cause })));
    child.on("close", (code, signal) => {
      const stoppedBy = letGo();
      if (code === 0) resolve();
      else reject(stoppedBy ? interrupted(stoppedBy) : installFailure(lines, code ?? signal));
    });
  });
}

/** Passes the signals that end us to the installer's whole process group. Returns what ends that and tells the signal. */
function stopWithUs(child) {
  let received = null;
  const stop = (signal) => {
    received = signal;
    try {
      process.kill(-child.pid, "SIGTERM");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, stop);
  return () => {
    for (const signal of ENDING_SIGNALS) process.off(signal, stop);
    return received;
  };
}

function interrupted(signal) {
  const exitCode = 128 + constants.signals[signal];
  return new SetupError("The installation was stopped. The same command goes on with it.", { exitCode });
}

function startFailure(cause) {
  if (cause.code !== "ENOENT") return `npx doesn't start: ${cause.message}`;
  return "npx isn't there. It comes with npm: install npm beside Node, then run the same command again.";
}

function installFailure(lines, ending) {
  const output = lines.join("\n");
  const known = CAUSES.find(([pattern]) => pattern.test(output));
  const advice =
    known?.[1] ?? "Run the same command again; if it fails in the same way, remove node_modules and .pnpm-store first.";
  const shown = lines.slice(-SHOWN_LINES).map((line) => `  | ${line}`);
  return new SetupError(`The installation failed (${ending}). Its last lines:\n${shown.join("\n")}\n${advice}`);
}
