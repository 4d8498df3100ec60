import { resolve } from "node:path";
import { checkFile } from "../../config-check/check-file.ts";
import { type Finding, findingText } from "../../config-check/finding.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";

export interface ConfigCheckOptions {
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** The agent's own site file (GATEHOUSE_SITE), checked when no file is named. */
  readonly ownSite: string | undefined;
}

/** Checks site files and device profiles without an agent. Ends with code 2 when one has an error. */
export async function configCheck(files: readonly string[], options: ConfigCheckOptions): Promise<void> {
  const named = files.length > 0 ? files : options.ownSite === undefined ? [] : [options.ownSite];
  if (named.length === 0)
    throw new CommandFailure(EXIT.usage, "Name the files to check, or set GATEHOUSE_SITE to the agent's site file.");
  const results: { file: string; findings: readonly Finding[] }[] = [];
  for (const file of named) results.push({ file, findings: await checkFile(resolve(file), file) });
  const errors = results.flatMap(({ findings }) => findings.filter(({ severity }) => severity === "error"));
  if (options.json) options.write(`${JSON.stringify({ ok: errors.length === 0, files: results }, null, 2)}\n`);
  else options.write(`${results.map(resultText).join("\n")}\n`);
  if (errors.length === 0) return;
  const wrong = results.filter(({ findings }) => findings.some(({ severity }) => severity === "error")).length;
  throw new CommandFailure(EXIT.usage, `${count(errors.length, "error")} in ${count(wrong, "file")}.`);
}

function resultText({ file, findings }: { file: string; findings: readonly Finding[] }): string {
  if (findings.length === 0) return `${file}: good`;
  const isGood = findings.every(({ severity }) => severity === "warning");
  return [...findings.map(findingText), ...(isGood ? [`${file}: good, with warnings`] : [])].join("\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
