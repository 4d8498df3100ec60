import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { treeOf } from "@gatehouse/edge/update/archive.ts";

const TEMPLATES = join(import.meta.dirname, "system-node");

/**
 * Makes a release run on the system's Node 24, where we have none to bring along. Debian's build leaves out what strips
 * types (`process.features.typescript` is false), so they are taken out here; lines and columns stay where they were.
 */
export function leanOnSystemNode(release: string): void {
  for (const { name, kind } of treeOf(release))
    if (kind === "file" && name.endsWith(".ts") && !name.startsWith("node_modules/")) takeTypesOut(join(release, name));
  const bin = join(release, "bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(join(TEMPLATES, "plain-typescript.mjs"), join(bin, "plain-typescript.mjs"));
  copyFileSync(join(TEMPLATES, "node.sh"), join(bin, "node"));
  chmodSync(join(bin, "node"), 0o755);
}

function takeTypesOut(file: string): void {
  writeFileSync(file, stripTypeScriptTypes(readFileSync(file, "utf8")));
}
