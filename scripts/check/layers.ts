import { join } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { layerRules, parseOptions, resolveOptions } from "./layer-rules.ts";

const FOLDERS = ["shared", "edge", "cloud", "simulators", "scripts"];

export interface LayerViolation {
  readonly rule: string;
  readonly comment: string;
  readonly from: string;
  readonly to: string;
}

/** Imports under `root` that break a layer rule, and how many modules were looked at. */
export async function layerViolations(root: string): Promise<{ violations: LayerViolation[]; modules: number }> {
  const ruleSet = { forbidden: [...layerRules] };
  const { output } = await cruise(FOLDERS, { ...parseOptions, baseDir: root, validate: true, ruleSet }, resolveOptions);
  if (typeof output === "string") throw new Error("dependency-cruiser gave a report in place of its result.");
  const { summary, modules } = output satisfies ICruiseResult;
  const comments = new Map(layerRules.map(({ name, comment }) => [name, comment]));
  const violations = summary.violations.map(({ rule, from, to }) => {
    return { rule: rule.name, comment: comments.get(rule.name) ?? "", from, to };
  });
  return { violations, modules: modules.length };
}

if (import.meta.main) {
  const { violations, modules } = await layerViolations(join(import.meta.dirname, "..", ".."));
  for (const { rule, comment, from, to } of violations) console.error(`${from} imports ${to}\n    ${rule}: ${comment}`);
  console.log(`${modules} modules, ${violations.length} forbidden imports`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
