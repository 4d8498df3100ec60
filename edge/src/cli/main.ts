import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { CommanderError } from "commander";
import { ZodError } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { connectionTo } from "./connection.ts";
import { CommandFailure, EXIT } from "./exit-codes.ts";
import { gateProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

const DEFAULT_SOCKET = "/run/gatehouse/gate.sock";
const DEFAULT_DATA_DIR = "/var/lib/gatehouse";

/** What a command may take to give a lane back after its terminal is gone, ms. */
const GIVE_BACK_MS = 3_000;

const interrupted = new AbortController();
// A dropped connection is an interruption too: a lane that was held open for a test must not stay so.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interrupted.abort());
/** Whoever read the output is gone: `isOver` says whether the command is too. */
const reader = { isGone: false, isOver: false };
process.stdout.on("error", () => {
  if (reader.isOver) process.exit(EXIT.ok);
  if (!reader.isGone) systemClock().after(GIVE_BACK_MS, () => process.exit(EXIT.ok));
  reader.isGone = true;
  interrupted.abort();
});

const terminal = processTerminal(process.env);
const program = gateProgram({
  version: packageJson.version,
  defaultSocket: process.env.GATEHOUSE_SOCKET ?? DEFAULT_SOCKET,
  defaultDataDir: process.env.GATEHOUSE_DATA_DIR ?? DEFAULT_DATA_DIR,
  ownSite: process.env.GATEHOUSE_SITE,
  contextOf: ({ socket, json }) => ({
    agent: connectionTo(socket),
    socketPath: socket,
    version: packageJson.version,
    json,
    write: (text) => void process.stdout.write(text),
    terminal,
    clock: systemClock(),
    random: systemRandom,
    signal: interrupted.signal,
  }),
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
} finally {
  reader.isOver = true;
  if (reader.isGone) process.exit(EXIT.ok);
}

/** Commander has said its errors itself; the others are said here, in one line. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandFailure) {
    process.stderr.write(`gate: ${error.message}\n`);
    return error.exitCode;
  }
  const isAnswer = error instanceof ZodError || error instanceof SyntaxError;
  const what = isAnswer
    ? "The agent's answer was not understood; is it the same version? See: gate doctor"
    : errorMessage(error);
  process.stderr.write(`gate: ${what}${error instanceof GatehouseError || isAnswer ? "" : " (unexpected)"}\n`);
  return EXIT.failed;
}
