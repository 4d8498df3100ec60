import { readFile } from "node:fs/promises";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { CommandContext } from "./command-context.ts";
import { CommandFailure, EXIT } from "./exit-codes.ts";

export interface SecretSource {
  /** File whose first line is the secret; null: it is asked for. */
  readonly file: string | null;
  readonly question: string;
  /** Asked twice, since a new secret that was mistyped is lost. */
  readonly isNew: boolean;
  readonly least: number;
}

/** A secret from a file or the terminal; never from the command line, where every account of the computer can read it. */
export async function readSecret(
  { terminal }: Pick<CommandContext, "terminal">,
  { file, question, isNew, least }: SecretSource,
): Promise<string> {
  const secret = file === null ? await terminal.askSecret(`${question}: `).catch(inputEnded) : await firstLine(file);
  if (!isNew) return secret;
  if (secret.length < least)
    throw new CommandFailure(EXIT.usage, `Take at least ${least} characters. Nothing was changed.`);
  return file === null ? repeated(terminal, secret) : secret;
}

async function repeated(terminal: CommandContext["terminal"], first: string): Promise<string> {
  const second = await terminal.askSecret("Once more: ").catch(inputEnded);
  if (first !== second) throw new CommandFailure(EXIT.usage, "The two are not the same. Nothing was changed.");
  return first;
}

function inputEnded(error: unknown): never {
  throw new CommandFailure(EXIT.usage, `${errorMessage(error)} Give it in a file instead.`);
}

async function firstLine(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new CommandFailure(EXIT.usage, `${file} can't be read: ${errorMessage(error)}.`);
  });
  return text.split("\n")[0] ?? "";
}
