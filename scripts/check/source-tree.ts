import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Node, parseSync, visitorKeys } from "oxc-parser";

const LEFT_OUT = ["node_modules", "dist", ".pnpm-store", ".gatehouse", ".git"];

/** Files under `root` that fit one of the patterns, in order of their path; installed and built files are left out. */
export function sourceFiles(root: string, patterns: readonly string[]): string[] {
  const exclude = (path: string) => LEFT_OUT.includes(path.split("/").at(-1) ?? "");
  return globSync([...patterns], { cwd: root, exclude }).sort();
}

export interface ParsedSource {
  readonly program: Node;
  /** The line, counted from 1, of a position in the text. */
  lineOf(position: number): number;
}

/** Parses a TypeScript file. Throws when it isn't one. */
export function parseSource(root: string, path: string): ParsedSource {
  const text = readFileSync(join(root, path), "utf8");
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(`${path} can't be parsed: ${errors[0]?.message}`);
  return { program, lineOf: (position) => text.slice(0, position).split("\n").length };
}

/** Calls `visit` for each node, from the outside in, with the node around it. */
export function walk(node: Node, visit: (node: Node, parent: Node | null) => void, parent: Node | null = null): void {
  visit(node, parent);
  for (const child of childrenOf(node)) walk(child, visit, node);
}

function childrenOf(node: Node): Node[] {
  const members = new Map(Object.entries(node));
  return (visitorKeys[node.type] ?? []).flatMap((key) => [members.get(key)].flat()).filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
