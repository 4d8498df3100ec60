import { Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import { addCompletionCommands } from "./commands/completion.ts";
import { addCloudCommands } from "./program/cloud-commands.ts";
import { addComputerCommands } from "./program/computer-commands.ts";
import { addMoveCommands } from "./program/move-commands.ts";
import { addSeeCommands } from "./program/see-commands.ts";
import { filled } from "./program/shape.ts";
import { addTestCommands } from "./program/test-commands.ts";
import { addUpdateCommands } from "./program/update-commands.ts";

export interface GlobalOptions {
  readonly socket: string;
  readonly json: boolean;
}

export interface ProgramOptions {
  readonly version: string;
  readonly defaultSocket: string;
  readonly defaultDataDir: string;
  readonly ownSite: string | undefined;
  /** Opens the connection once the options are known. */
  readonly contextOf: (options: GlobalOptions) => CommandContext;
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed or a fault was found, 2 wrong words, 3 not allowed to open the socket,
4 no agent there, 5 refused by a safety rule. Every command has --help with examples and takes --json.`;

/** The `gate` command. */
export function gateProgram({ version, defaultSocket, defaultDataDir, ownSite, contextOf }: ProgramOptions): Command {
  const program = new Command("gate")
    .description("Looks after the gates of this lot. Works over the agent's local socket, with or without a network.")
    .version(version)
    .option("--socket <file>", "local socket of the agent", filled, defaultSocket)
    .option("--json", "machine-readable output", false)
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(gate --help lists the commands)")
    .exitOverride();
  const context = (): CommandContext => contextOf(program.opts<GlobalOptions>());
  const gate = { program, context };
  addSeeCommands(gate);
  addMoveCommands(gate);
  addTestCommands({ ...gate, defaultDataDir });
  addCloudCommands({ ...gate, defaultDataDir });
  addComputerCommands({ ...gate, ownSite });
  addUpdateCommands({ ...gate, defaultDataDir });
  addCompletionCommands(program, context);
  return program;
}
