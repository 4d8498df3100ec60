import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runTools, type Tool, type ToolResult } from "./check/run-tool.ts";

const root = join(import.meta.dirname, "..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);
const script = (name: string): [string, string] => [process.execPath, join(root, "scripts", "check", name)];

const TYPE_PROJECTS = [
  { name: "types", project: "." },
  { name: "types of the pages", project: "cloud/web" },
];

/** The longest first, so that the short ones fill the gaps. */
function toolsFor(fix: boolean): Tool[] {
  const repair = fix ? ["--write"] : [];
  const types = TYPE_PROJECTS.filter(({ project }) => existsSync(join(root, project, "tsconfig.json")));
  return [
    {
      name: "dead code",
      command: [bin("knip"), "--no-progress", "--no-config-hints"],
      advice: "Delete what nothing uses, or remove its `export`; a new entry point is named in knip.json.",
    },
    {
      name: "format and lint",
      command: [bin("biome"), "check", "--error-on-warnings", ...repair, "."],
      advice: fix ? "What is left must be changed by hand." : "`npm run check -- --fix` repairs what can be repaired.",
    },
    ...types.map(({ name, project }): Tool => {
      return {
        name,
        command: [bin("tsc"), "--noEmit", "-p", project],
        advice: "Change the code; casts are no way out.",
      };
    }),
    {
      name: "layers",
      command: script("layers.ts"),
      advice: "Move the code to the layer it belongs to, or pass the collaborator in as an option.",
    },
    {
      name: "rule ids",
      command: script("rule-ids.ts"),
      advice: "Write the test, or correct the table in docs/rules.md.",
    },
    {
      name: "configuration page",
      command: [...script("configuration-page.ts"), ...repair],
      advice: "`npm run check -- --fix` writes docs/configuration.md anew.",
    },
    {
      name: "configuration schemas",
      command: [...script("config-schemas.ts"), ...repair],
      advice: "`npm run check -- --fix` writes firmware-configs/schema anew.",
    },
    {
      name: "ports of time",
      command: script("ports-of-time.ts"),
      advice: "Only the kit touches clocks, timers and chance.",
    },
  ];
}

function tell({ tool, ok, output, seconds }: ToolResult): void {
  console.log(`${ok ? "ok    " : "FAILED"} ${tool.name.padEnd(20)} ${seconds.toFixed(1).padStart(5)} s`);
  if (ok) return;
  console.log(output.trimEnd().replace(/^/gm, "    "));
  console.log(`    → ${tool.advice}`);
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.some((arg) => arg !== "--fix")) {
    console.error("Usage: npm run check [-- --fix]");
    return 2;
  }
  const started = performance.now();
  const tools = toolsFor(args.includes("--fix"));
  const results = await runTools(tools, { root, atOnce: Math.min(4, availableParallelism()), onResult: tell });
  const failed = results.filter(({ ok }) => !ok).length;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${results.length - failed} of ${results.length} checks hold, ${seconds} s`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main();
