import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Node } from "oxc-parser";
import { parseSource, sourceFiles, walk } from "./source-tree.ts";

const RULES_PAGE = "docs/rules.md";
const TEST_FILES = ["{shared,edge,cloud,simulators,scripts}/**/*.{test,scenario,e2e}.{ts,tsx}"];
const TABLE_ROW = /^\| ((?:SAFE|SYNC)-\d\d) \| .+ \| (yes|no) \|$/gm;
const MENTION = /Verifies: ((?:SAFE|SYNC)-\d+(?:(?:, | and )(?:SAFE|SYNC)-\d+)*)/g;
const TEST_FUNCTIONS = new Set(["test", "it", "describe"]);
/** Forms of a test that don't run it. */
const NOT_RUN = new Set(["skip", "todo", "fails"]);

interface TestMention {
  readonly id: string;
  readonly path: string;
  readonly line: number;
}

export interface RuleReport {
  /** Rules that are marked as built, and of those the ones without a test. */
  readonly built: readonly string[];
  readonly untested: readonly string[];
  /** Tests that name a rule which the page doesn't have. */
  readonly unknown: readonly TestMention[];
}

/** Holds the table of docs/rules.md against the titles of all tests under `root`. */
export function checkRules(root: string): RuleReport {
  const page = readFileSync(join(root, RULES_PAGE), "utf8");
  const rules = new Map([...page.matchAll(TABLE_ROW)].map(([, id = "", built]) => [id, built === "yes"]));
  const mentions = sourceFiles(root, TEST_FILES).flatMap((path) => mentionsIn(root, path));
  const tested = new Set(mentions.map(({ id }) => id));
  const built = [...rules].filter(([, isBuilt]) => isBuilt).map(([id]) => id);
  return {
    built,
    untested: built.filter((id) => !tested.has(id)),
    unknown: mentions.filter(({ id }) => !rules.has(id)),
  };
}

function mentionsIn(root: string, path: string): TestMention[] {
  const { program, lineOf } = parseSource(root, path);
  const mentions: TestMention[] = [];
  walk(program, (node) => {
    if (node.type !== "CallExpression" || !isRunTest(node.callee)) return;
    const title = node.arguments[0];
    for (const id of idsIn(title)) mentions.push({ id, path, line: lineOf(node.start) });
  });
  return mentions;
}

/** Looks through test.each(...), test.concurrent and the like for the function at the root. */
function isRunTest(callee: Node): boolean {
  if (callee.type === "Identifier") return TEST_FUNCTIONS.has(callee.name);
  if (callee.type === "CallExpression") return isRunTest(callee.callee);
  if (callee.type === "TaggedTemplateExpression") return isRunTest(callee.tag);
  if (callee.type !== "MemberExpression") return false;
  const isNotRun = callee.property.type === "Identifier" && NOT_RUN.has(callee.property.name);
  return !isNotRun && isRunTest(callee.object);
}

function idsIn(title: Node | undefined): string[] {
  const text = title === undefined ? "" : textOf(title);
  return [...text.matchAll(MENTION)].flatMap(([, ids = ""]) => ids.split(/, | and /));
}

function textOf(title: Node): string {
  if (title.type === "Literal") return typeof title.value === "string" ? title.value : "";
  if (title.type === "TemplateLiteral") return title.quasis.map((part) => part.value.cooked ?? "").join("…");
  if (title.type === "BinaryExpression") return textOf(title.left) + textOf(title.right);
  return "";
}

if (import.meta.main) {
  const { built, untested, unknown } = checkRules(join(import.meta.dirname, "..", ".."));
  for (const id of untested)
    console.error(`${id} is marked as built in ${RULES_PAGE}, but no test says "Verifies: ${id}".`);
  for (const { id, path, line } of unknown)
    console.error(`${path}:${line} verifies ${id}, which ${RULES_PAGE} doesn't have.`);
  console.log(`${built.length} rules built, ${built.length - untested.length} of them tested`);
  process.exitCode = untested.length + unknown.length > 0 ? 1 : 0;
}
