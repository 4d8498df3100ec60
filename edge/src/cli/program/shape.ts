import { type Command, InvalidArgumentError } from "commander";
import type { CommandContext } from "../command-context.ts";

/** What a group of commands needs to add itself to the program. */
export interface Gate {
  readonly program: Command;
  readonly context: () => CommandContext;
}

export interface CommandWords {
  /** The heading in `gate --help`. */
  readonly group: string;
  readonly about: string;
  readonly examples: readonly string[];
}

/** A command with its help: what it does, its place, and how it is used. `usage` is its name and arguments. */
export function addCommand(parent: Command, usage: string, { group, about, examples }: CommandWords): Command {
  return parent
    .command(usage)
    .helpGroup(group)
    .description(about)
    .addHelpText("after", `\nExamples:\n${examples.map((line) => `  $ ${line}`).join("\n")}`);
}

export const GROUPS = {
  see: "See:",
  move: "Move a lane (journalled, told to the cloud):",
  test: "Test and explain:",
  cloud: "Cloud and store:",
  computer: "This computer:",
} as const;

export const LANE_HELP = "the lane's code, as `gate lanes` shows it";
export const REASON_HELP = "why; goes to the journal and to the cloud";

/** A word that must not be empty, as an unset variable of a script leaves it. */
export function filled(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/** Number of rows of an answer, 1 to 1000; anything else ends the command with exit code 2. */
export function rowCount(text: string): number {
  const rows = Number(text);
  if (!Number.isInteger(rows) || rows < 1 || rows > 1_000)
    throw new InvalidArgumentError("Give a whole number from 1 to 1000.");
  return rows;
}

/** Share of 0 to 1, as a confidence is; anything else ends the command with exit code 2. */
export function fraction(text: string): number {
  const number = Number(text);
  if (!(number >= 0 && number <= 1)) throw new InvalidArgumentError("Give a number from 0 to 1.");
  return number;
}

/** Seconds, 0 to 3600; anything else ends the command with exit code 2. */
export function seconds(text: string): number {
  const number = Number(text);
  if (!(number >= 0 && number <= 3_600)) throw new InvalidArgumentError("Give seconds, from 0 to 3600.");
  return number;
}

/** A command's code is loaded when it is called, so that no other command waits for it. */
export function lazy<Words extends unknown[]>(
  load: () => Promise<(...words: Words) => Promise<void>>,
): (...words: Words) => Promise<void> {
  return async (...words) => (await load())(...words);
}
