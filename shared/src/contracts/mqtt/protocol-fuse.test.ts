import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { canonicalJson, type Json } from "../../kit/canonical-json.ts";
import * as protocol from "./protocol.ts";
import { downTopics, upTopics } from "./topics.ts";

const { PROTOCOL_OLDEST, PROTOCOL_VERSION, ...limits } = protocol;

const FOLDERS = ["./", "../replica/"];
/** Words for people; a change of them changes no message. */
const ANNOTATIONS = new Set(["description", "title", "examples"]);

const historyEntry = z.object({ version: z.int().positive(), fingerprint: z.string(), change: z.string().min(10) });
const history = z
  .array(historyEntry)
  .min(1)
  .parse(JSON.parse(readFileSync(new URL("./protocol-history.json", import.meta.url), "utf8")));
const newest = history.at(-1);

it("Verifies: SYNC-16: contracts don't change without a new protocol version and a line of history", async () => {
  const fingerprint = await fingerprintOfContracts();
  expect(
    newest?.fingerprint,
    "A message between edge and cloud has changed. Raise PROTOCOL_VERSION in protocol.ts, show in a test that the " +
      "versions from PROTOCOL_OLDEST on are still read, and add to protocol-history.json a line with the new version, " +
      `what changed, and the fingerprint ${fingerprint}.`,
  ).toBe(fingerprint);
});

it("Verifies: SYNC-16: the history ends with the version that is spoken, and skips none", () => {
  expect(newest?.version).toBe(PROTOCOL_VERSION);
  expect(history.map((entry) => entry.version)).toEqual(history.map((_, index) => index + 1));
});

it("Verifies: SYNC-16: the cloud reads the present version and at most the two before it", () => {
  expect(PROTOCOL_OLDEST).toBe(Math.max(1, PROTOCOL_VERSION - 2));
});

async function fingerprintOfContracts(): Promise<string> {
  const contracts: Record<string, Json> = { topics: [...upTopics, ...downTopics], limits };
  for (const folder of FOLDERS) {
    for (const file of contractFiles(folder)) Object.assign(contracts, await schemasIn(`${folder}${file}`));
  }
  return createHash("sha256").update(canonicalJson(contracts)).digest("hex");
}

function contractFiles(folder: string): string[] {
  const files = readdirSync(new URL(folder, import.meta.url));
  return files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
}

async function schemasIn(file: string): Promise<Record<string, Json>> {
  const exported: Record<string, unknown> = await import(new URL(file, import.meta.url).href);
  const schemas = Object.entries(exported).filter(
    (entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType,
  );
  return Object.fromEntries(schemas.map(([name, schema]) => [`${file}#${name}`, shapeOf(schema)]));
}

function shapeOf(schema: z.ZodType): Json {
  const text = JSON.stringify(z.toJSONSchema(schema, { unrepresentable: "any", io: "input" }), (key, value: unknown) =>
    ANNOTATIONS.has(key) && typeof value === "string" ? undefined : value,
  );
  return z.json().parse(JSON.parse(text));
}
