import { CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { connectionTo } from "./connection.ts";
import { CommandFailure, EXIT } from "./exit-codes.ts";
import { gateProgram } from "./program.ts";

const DEFAULT_SOCKET = "/run/gatehouse/gate.sock";

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.stdout.on("error", () => process.exit(EXIT.ok));

const program = gateProgram(
  packageJson.version,
  process.env.GATEHOUSE_SOCKET ?? DEFAULT_SOCKET,
  ({ socket, json }) => ({
    agent: connectionTo(socket),
    json,
    write: (text) => void process.stdout.write(text),
    isTerminal: process.stdout.isTTY === true,
    rows: () => process.stdout.rows || Number.POSITIVE_INFINITY,
    signal: interrupted.signal,
  }),
);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Commander has said its errors itself; the others are said here, in one line. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandFailure) {
    process.stderr.write(`gate: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`gate: unexpected answer from the agent; is it the same version? ${String(error)}\n`);
  return EXIT.failed;
}
