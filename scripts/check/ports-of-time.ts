import { join } from "node:path";
import type { Node } from "oxc-parser";
import { parseSource, sourceFiles, walk } from "./source-tree.ts";

const PRODUCT_CODE = [
  "shared/src/**/*.ts",
  "edge/src/**/*.ts",
  "cloud/{src,web}/**/*.{ts,tsx}",
  "simulators/src/**/*.ts",
];
/**
 * The kit holds the ports themselves, and process-clock.ts one more clock behind the same port, as only Node has a
 * monotonic time that threads share; tests, benches and build settings run outside of the product.
 */
const EXEMPT =
  /^shared\/src\/kit\/|^edge\/src\/guard\/process-clock\.ts$|\.(test|scenario|e2e|config)\.tsx?$|\/(testing|bench)\//;

const GLOBAL_FUNCTIONS = new Set(["setTimeout", "setInterval"]);
const METHODS = new Set([
  "Date.now",
  "performance.now",
  "process.hrtime",
  "Math.random",
  "crypto.randomUUID",
  ...["globalThis", "window", "self"].flatMap((owner) => [`${owner}.setTimeout`, `${owner}.setInterval`]),
]);
const MODULES = new Set(["node:timers", "node:timers/promises", "timers", "timers/promises"]);

export interface Leak {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** Places that read a clock, set a timer or draw chance or ids past the ports of shared/src/kit. */
export function findLeaks(root: string): { leaks: Leak[]; files: number } {
  const files = sourceFiles(root, PRODUCT_CODE).filter((path) => !EXEMPT.test(path));
  return { leaks: files.flatMap((path) => leaksOf(root, path)), files: files.length };
}

function leaksOf(root: string, path: string): Leak[] {
  const { program, lineOf } = parseSource(root, path);
  const leaks: Leak[] = [];
  walk(program, (node, parent) => {
    const what = leakOf(node, parent);
    if (what) leaks.push({ path, line: lineOf(node.start), what });
  });
  return leaks;
}

function leakOf(node: Node, parent: Node | null): string | null {
  switch (node.type) {
    case "NewExpression":
      return nameOf(node.callee) === "Date" && node.arguments.length === 0 ? "new Date() without an argument" : null;
    case "CallExpression":
      return nameOf(node.callee) === "Date" ? "Date()" : null;
    case "MemberExpression": {
      const method = `${nameOf(node.object)}.${nameOf(node.property)}`;
      return !node.computed && METHODS.has(method) ? method : null;
    }
    case "Identifier":
      return GLOBAL_FUNCTIONS.has(node.name) && !isOnlyAName(node, parent) ? node.name : null;
    case "ImportDeclaration":
      return importLeak(node);
    default:
      return null;
  }
}

function importLeak(node: Extract<Node, { type: "ImportDeclaration" }>): string | null {
  if (MODULES.has(node.source.value)) return `import of ${node.source.value}`;
  const names = node.specifiers.map((one) => (one.type === "ImportSpecifier" ? nameOf(one.imported) : null));
  return names.includes("randomUUID") ? "randomUUID" : null;
}

/** True where an identifier names a member or a type and isn't the global itself. */
function isOnlyAName(node: Node, parent: Node | null): boolean {
  if (parent?.type === "MemberExpression") return parent.property === node && !parent.computed;
  if (parent?.type === "Property") return parent.key === node && !parent.shorthand;
  return parent?.type.startsWith("TS") === true || parent?.type.endsWith("Definition") === true;
}

function nameOf(node: Node): string | null {
  return node.type === "Identifier" ? node.name : null;
}

if (import.meta.main) {
  const { leaks, files } = findLeaks(join(import.meta.dirname, "..", ".."));
  for (const { path, line, what } of leaks) console.error(`${path}:${line} uses ${what}`);
  if (leaks.length > 0) console.error("Take a Clock, Random or NewId of shared/src/kit as an option in its place.");
  console.log(`${files} files, ${leaks.length} past the ports of time, chance and ids`);
  process.exitCode = leaks.length > 0 ? 1 : 0;
}
