import type { z } from "zod";
import type { Finding } from "./finding.ts";
import { nearest, type SchemaWords, schemaWords } from "./schema-words.ts";
import type { YamlFile } from "./yaml-file.ts";

type Key = readonly (string | number)[];

interface Place {
  readonly key: Key;
  readonly message: string;
  /** The key itself is at fault, not its value. */
  readonly isName: boolean;
  readonly help: string | null;
}

/** The data of a file by its schema, or what is wrong with it. */
export function checkSchema<T>(
  file: YamlFile,
  schema: z.ZodType<T>,
): { readonly data: T } | { readonly findings: readonly Finding[] } {
  const parsed = schema.safeParse(file.data);
  if (parsed.success) return { data: parsed.data };
  if (typeof file.data !== "object" || file.data === null || Array.isArray(file.data))
    return {
      findings: [
        findingAt(file, { key: [], message: "the file is empty, or no list of keys", isName: false, help: null }),
      ],
    };
  const words = schemaWords(schema);
  const places = parsed.error.issues.flatMap((issue) => placesOf(issue, { file, words }));
  return { findings: places.map((place) => findingAt(file, place)) };
}

/** A finding at a key of a file. */
export function findingAt(
  file: YamlFile,
  {
    key,
    message,
    isName = false,
    help = null,
    severity = "error",
  }: Partial<Place> & {
    readonly key: Key;
    readonly message: string;
    readonly severity?: Finding["severity"];
  },
): Finding {
  const place = isName ? file.placeOfName(key) : file.placeOf(key);
  const { line, column } = place ?? { line: null, column: null };
  return { severity, file: file.path, line, column, key: key.join("."), message, help };
}

function placesOf(issue: z.core.$ZodIssue, { file, words }: { file: YamlFile; words: SchemaWords }): readonly Place[] {
  const key = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    const known = words.keysAt(key);
    return issue.keys.map((name) => {
      const meant = nearest(name, known);
      const message = `there is no such key${meant === null ? "; is it misspelt?" : `; is ${meant} meant?`}`;
      const help = known.length > 0 ? `Keys here: ${known.join(", ")}.` : null;
      return { key: [...key, name], message, isName: true, help };
    });
  }
  const help = words.helpFor(key);
  const isMissing = !file.has(key) && issue.code !== "custom";
  if (isMissing) return [{ key, message: missing(issue.message), isName: false, help }];
  if (issue.code === "invalid_union" && issue.errors.length > 0 && issue.message === "Invalid input") {
    const best = [...issue.errors].sort((one, other) => one.length - other.length)[0] ?? [];
    return best.flatMap((inner) => placesOf({ ...inner, path: [...issue.path, ...inner.path] }, { file, words }));
  }
  return [{ key, message: plainWords(issue, valueAt(file.data, key)), isName: false, help }];
}

/** What zod says of a value, in the words of somebody who writes the file. */
function plainWords(issue: z.core.$ZodIssue, value: unknown): string {
  const is = `but is ${JSON.stringify(value) ?? "nothing"}`;
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}, ${is}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map((one) => JSON.stringify(one)).join(", ")}, ${is}`;
    case "too_big":
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}, ${is}`;
    case "too_small":
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}, ${is}`;
    default:
      return issue.message;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "keys and values",
};

function unitOf(origin: string): string {
  if (origin === "string") return " characters long";
  return origin === "array" ? " entries long" : "";
}

function valueAt(data: unknown, key: Key): unknown {
  return key.reduce<unknown>(
    (part, step) => (typeof part === "object" && part !== null ? Reflect.get(part, step) : undefined),
    data,
  );
}

/** A schema's own word on what follows from a missing key; else only that it is missing. */
function missing(message: string): string {
  return message.startsWith("is missing") ? message : "is missing";
}
