import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cloudConfig } from "@gatehouse/cloud/process/config.ts";
import { agentEnvironment } from "@gatehouse/edge/agent/config.ts";
import { site } from "@gatehouse/shared/contracts/config/site/site.ts";
import { z } from "zod";

const PAGE = "docs/configuration.md";

const INTRODUCTION = `# Configuration

This page is written from the schemas that the processes check their settings against, by \`npm run check -- --fix\`;
changes by hand are lost. A process reads its variables once, at start, and names each one that is wrong.
`;

/** What is used of a schema as JSON Schema (2020-12). */
interface SettingSchema {
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly required?: readonly string[];
  readonly items?: SettingSchema;
  readonly anyOf?: readonly SettingSchema[];
  readonly oneOf?: readonly SettingSchema[];
}

interface Setting {
  readonly name: string;
  readonly schema: SettingSchema;
  readonly isRequired: boolean;
}

/** The page as it should be. */
export function configurationPage(): string {
  return [
    INTRODUCTION,
    "## Cloud\n\nEnvironment variables of the cloud's process.\n",
    table("Variable", settingsOf(cloudConfig)),
    "\n## Edge agent\n\nEnvironment variables of the agent at a lot.\n",
    table("Variable", settingsOf(agentEnvironment)),
    "\n## Site file\n\nThe wiring of one lot, in YAML: the file that `GATEHOUSE_SITE` names. A key that isn't listed is refused;\n" +
      "`[]` stands for each entry of a list. Examples are in `firmware-configs/sites`.\n",
    table("Key", settingsOf(site)),
    "",
  ].join("\n");
}

function settingsOf(schema: z.ZodType): Setting[] {
  return below("", asSettings(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })));
}

/** States that zod's answer has the shape that JSON Schema gives to what the schemas here are made of. */
function asSettings(schema: z.core.JSONSchema.JSONSchema): SettingSchema {
  return schema as SettingSchema;
}

/** The settings within a schema, from the outside in, under the name of the one they belong to. */
function below(name: string, schema: SettingSchema): Setting[] {
  const { properties = {}, required = [], items, anyOf, oneOf } = schema;
  const own = Object.entries(properties).flatMap(([key, inner]) => {
    const path = name === "" ? key : `${name}.${key}`;
    const nested = below(path, inner);
    const isPlain = nested.length === 0 || inner.description !== undefined || inner.items !== undefined;
    return [...(isPlain ? [{ name: path, schema: inner, isRequired: required.includes(key) }] : []), ...nested];
  });
  const entries = items ? below(`${name}[]`, items) : [];
  return [...own, ...entries, ...[...(anyOf ?? []), ...(oneOf ?? [])].flatMap((one) => below(name, one))];
}

function table(head: string, settings: readonly Setting[]): string {
  const byName = Map.groupBy(settings, ({ name }) => name);
  const rows = [...byName].map(([name, same]) => {
    const cells = [`\`${name}\``, ...unitedCells(same)];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return [`| ${head} | Meaning | Takes | Default |`, "|---|---|---|---|", ...rows].join("\n");
}

/** What is said of a key that several kinds of one thing have, each difference once. */
function unitedCells(same: readonly Setting[]): readonly string[] {
  const united = (cell: (setting: Setting) => string, between: string): string =>
    [...new Set(same.map(cell).filter((text) => text !== ""))].join(between);
  return [
    united(({ schema }) => schema.description ?? "", " "),
    united(({ schema }) => takes(schema), ", "),
    united(({ schema, isRequired }) => defaultOf(schema, isRequired), " or "),
  ];
}

function takes(schema: SettingSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(", ");
  if (schema.format === "uri") return "URL";
  switch (schema.type) {
    case "integer":
    case "number":
      return `number${bounds(minimum, maximum)}`;
    case "string":
      return `text${bounds(minLength, maxLength, " characters")}`;
    case "array":
      return `list${bounds(minItems, maxItems, " entries")}`;
    default:
      return schema.properties ? "keys below" : "";
  }
}

function bounds(least: number | undefined, most: number | undefined, unit = ""): string {
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}${unit}`;
  if (most !== undefined) return `, at most ${most}${unit}`;
  return least !== undefined && least > 1 ? `, at least ${least}${unit}` : "";
}

function defaultOf(schema: SettingSchema, isRequired: boolean): string {
  if (isRequired) return "must be set";
  const given = schema.default;
  if (given === undefined || given === "") return "-";
  return Array.isArray(given) && given.length === 0 ? "none" : code(given);
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}

function main(args: readonly string[]): number {
  const file = join(import.meta.dirname, "..", "..", PAGE);
  const wanted = configurationPage();
  if (existsSync(file) && readFileSync(file, "utf8") === wanted) {
    console.log(`${PAGE} is as the schemas say`);
    return 0;
  }
  if (args.includes("--write")) {
    writeFileSync(file, wanted);
    console.log(`${PAGE} is written anew`);
    return 0;
  }
  console.error(`${PAGE} doesn't say what the schemas say.`);
  return 1;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
