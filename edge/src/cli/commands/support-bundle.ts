import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { z } from "zod";
import { agentStatus, journalRow } from "../../local-api/contract.ts";
import { type Redaction, redaction } from "../../local-api/redact.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { bytes } from "../format.ts";
import { type TarEntry, tar } from "../tar.ts";

export interface SupportBundleOptions {
  /** Leave plates, tickets and codes in; the person has a reason and a right to. */
  readonly withPlates: boolean;
  /** A log file instead of the unit's journal. */
  readonly logFile: string | null;
}

const JOURNAL_PAGES = 10;
const ROWS_A_PAGE = 1_000;
const LOG_MAX_BYTES = 4 * 1_048_576;
const UNIT = "gatehouse";

/** `gate support-bundle FILE`: what somebody who helps from afar needs, without secrets, and without plates unless asked. */
export async function supportBundle(
  context: CommandContext,
  file: string,
  options: SupportBundleOptions,
): Promise<void> {
  const cleaned = options.withPlates ? null : redaction();
  const data: (readonly [string, Json])[] = [];
  const { clock } = await context.agent.get("/status", agentStatus);
  for (const [name, path] of PARTS) data.push([name, await context.agent.get(path, anyJson)]);
  data.push(["journal.json", await journalRows(context)]);
  const clean = data.map(([name, content]) => [name, cleaned ? cleaned.data(content) : content] as const);
  // Only now every plate is known, so that one in a sentence is found as well.
  const entries = clean.map(([name, content]): TarEntry => {
    const text = `${JSON.stringify(content, null, 1)}\n`;
    return { name, content: Buffer.from(cleaned ? cleaned.text(text) : text) };
  });
  entries.push({ name: "agent.log", content: Buffer.from(cleanLog(await logOf(options.logFile), cleaned)) });
  entries.push({ name: "README.txt", content: Buffer.from(readme(options, context.version)) });
  const archive = gzipSync(tar(entries, clock.at));
  await writeFile(file, archive, { mode: 0o600 }).catch((error: unknown) => {
    throw new CommandFailure(EXIT.failed, `${file} can't be written: ${errorMessage(error)}.`);
  });
  show(
    context,
    { file, bytes: archive.length, files: entries.map(({ name }) => name), with_plates: options.withPlates },
    (told) =>
      [
        `${file}: ${bytes(told.bytes)} with ${told.files.join(", ")}.`,
        options.withPlates
          ? "It holds plates: give it only to who may have them, and delete it afterwards."
          : "Secrets are removed; plates and codes are replaced by names like plate-1.",
      ].join("\n"),
  );
}

const PARTS = [
  ["status.json", "/status"],
  ["doctor.json", "/doctor"],
  ["lanes.json", "/pictures"],
  ["cameras.json", "/cameras"],
  ["devices.json", "/devices"],
  ["site.json", "/config"],
] as const;

const anyJson = z.json() as z.ZodType<Json>;

async function journalRows({ agent }: CommandContext): Promise<Json> {
  const rows: z.infer<typeof journalRow>[] = [];
  const newest = await agent.get(`/journal?limit=${ROWS_A_PAGE}`, z.array(journalRow));
  const from = Math.max(0, (newest.at(-1)?.id ?? 0) - JOURNAL_PAGES * ROWS_A_PAGE);
  for (let since = from, pages = 0; pages < JOURNAL_PAGES; pages++) {
    const more = await agent.get(`/journal?limit=${ROWS_A_PAGE}&since=${since}`, z.array(journalRow));
    rows.push(...more);
    const last = more.at(-1);
    if (!last || more.length < ROWS_A_PAGE) break;
    since = last.id;
  }
  return rows as unknown as Json;
}

/** The agent's log: the file that is named, else what systemd kept of its unit; what can't be had is said in its place. */
async function logOf(logFile: string | null): Promise<string> {
  if (logFile !== null)
    return readFile(logFile, "utf8").then(
      (text) => text.slice(-LOG_MAX_BYTES),
      (error: unknown) => {
        throw new CommandFailure(EXIT.usage, `${logFile} can't be read: ${errorMessage(error)}.`);
      },
    );
  const words = ["-u", UNIT, "-n", "5000", "--no-pager", "-o", "short-iso"];
  return promisify(execFile)("journalctl", words, { maxBuffer: LOG_MAX_BYTES * 2 }).then(
    ({ stdout }) => stdout.slice(-LOG_MAX_BYTES),
    (error: unknown) => `No log: ${errorMessage(error)}\nName it with --log FILE.\n`,
  );
}

function cleanLog(text: string, cleaned: Redaction | null): string {
  return cleaned ? cleaned.text(text) : text;
}

function readme({ withPlates }: SupportBundleOptions, version: string): string {
  return [
    `Made by gate ${version}.`,
    "status.json, lanes.json, cameras.json, devices.json: the lot at the moment of this file.",
    "doctor.json: what is wrong. journal.json: what happened in the lanes. site.json: the wiring, secrets removed.",
    withPlates
      ? "Plates are in it."
      : "Plates, tickets and codes are replaced by names; the same name is the same vehicle.",
    "",
  ].join("\n");
}
