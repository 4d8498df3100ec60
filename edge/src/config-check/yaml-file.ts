import { readFile } from "node:fs/promises";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { type Document, isMap, LineCounter, parseDocument } from "yaml";
import type { Finding } from "./finding.ts";

/** Largest file that is read, bytes: a site of 64 lanes takes a tenth of it. */
const FILE_MAX_BYTES = 1_048_576;

type Key = readonly (string | number)[];

/** A YAML file that could be read, with the places of its keys. */
export interface YamlFile {
  readonly path: string;
  readonly data: unknown;
  /** Whether the key is there. */
  has(key: Key): boolean;
  /** Line and column of a key's value; of a key that is missing, where the part begins in which it should be. */
  placeOf(key: Key): { readonly line: number; readonly column: number } | null;
  /** Line and column of the key itself, for one that should not be there. */
  placeOfName(key: Key): { readonly line: number; readonly column: number } | null;
}

/** Reads a YAML file, or says what is wrong with it as a file. */
export async function readYamlFile(path: string): Promise<YamlFile | Finding> {
  const whole = (message: string, help: string | null, at: { line: number; col: number } | null = null): Finding => ({
    severity: "error",
    file: path,
    line: at?.line ?? null,
    column: at?.col ?? null,
    key: "",
    message,
    help,
  });
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    return whole(`can't be read: ${errorMessage(cause)}`, "Check the name and who may read it.");
  }
  if (Buffer.byteLength(text) > FILE_MAX_BYTES) return whole("is longer than 1 MiB", "Is it the right file?");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault) {
    const help = "Lists and keys are told apart by their indentation; use blanks, not tabs.";
    return whole(`is no YAML: ${fault.message.split("\n")[0]}`, help, lines.linePos(fault.pos[0]));
  }
  try {
    return { path, data: document.toJS(), ...places(document, lines) };
  } catch (cause) {
    return whole(errorMessage(cause), "Write the parts out in full.");
  }
}

function places(document: Document, lines: LineCounter): Pick<YamlFile, "has" | "placeOf" | "placeOfName"> {
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const placeOf: YamlFile["placeOf"] = (key) => {
    for (let depth = key.length; depth >= 0; depth--) {
      const offset = startOf(document.getIn(key.slice(0, depth), true));
      if (offset !== null) return at(offset);
    }
    return null;
  };
  return {
    has: (key) => document.hasIn(key),
    placeOf,
    placeOfName: (key) => {
      const parent: unknown = document.getIn(key.slice(0, -1), true);
      const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === String(key.at(-1))) : undefined;
      const offset = startOf(pair?.key);
      return offset === null ? placeOf(key) : at(offset);
    },
  };
}

function startOf(node: unknown): number | null {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return null;
  const [start]: unknown[] = node.range;
  return typeof start === "number" ? start : null;
}
