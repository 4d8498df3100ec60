import { z } from "zod";

/** What is used of a schema as JSON Schema (2020-12). */
interface Words {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Words>>;
  readonly items?: Words;
  readonly anyOf?: readonly Words[];
  readonly oneOf?: readonly Words[];
}

/** What a schema says of its keys, for people who write the file. */
export interface SchemaWords {
  /** What belongs at a key; null when the schema has no word for it. */
  helpFor(key: readonly (string | number)[]): string | null;
  /** Names of the keys that a part may have. */
  keysAt(key: readonly (string | number)[]): readonly string[];
}

/** Reads a schema's descriptions and bounds. */
export function schemaWords(schema: z.ZodType): SchemaWords {
  // States that zod's answer has the shape that JSON Schema gives to what the schemas here are made of.
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Words;
  const at = (key: readonly (string | number)[]): readonly Words[] =>
    key.reduce<readonly Words[]>((parts, step) => parts.flatMap((part) => below(part, step)), alternatives(root));
  return {
    helpFor: (key) => {
      const found = at(key).find(({ description }) => description !== undefined);
      return found?.description === undefined ? null : `${found.description}${takes(found)}`;
    },
    keysAt: (key) => [...new Set(at(key).flatMap(({ properties }) => Object.keys(properties ?? {})))],
  };
}

function alternatives(part: Words): readonly Words[] {
  return [part, ...[...(part.anyOf ?? []), ...(part.oneOf ?? [])].flatMap(alternatives)];
}

function below(part: Words, step: string | number): readonly Words[] {
  const inner = typeof step === "number" ? part.items : part.properties?.[step];
  return inner ? alternatives(inner) : [];
}

function takes({ minimum, maximum, enum: choices }: Words): string {
  if (choices) return ` One of: ${choices.map(String).join(", ")}.`;
  if (minimum !== undefined && maximum !== undefined) return ` A number from ${minimum} to ${maximum}.`;
  return "";
}

/** The name that was probably meant: one that differs in at most two letters, or null. */
export function nearest(name: string, known: readonly string[]): string | null {
  const LETTERS = 2;
  const [best] = known
    .map((one) => ({ one, letters: distance(name, one) }))
    .filter(({ letters }) => letters <= LETTERS)
    .sort((one, other) => one.letters - other.letters);
  return best?.one ?? null;
}

/** Letters to add, drop or change from one word to the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
