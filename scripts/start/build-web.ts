import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { glob, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const WEB = join(ROOT, "cloud", "web");
const STAMP = join(WEB, "dist", ".built-from");
const SOURCES = ["cloud/web/**/*.{ts,tsx,css,html,json,svg}", "shared/src/**/*.ts", "pnpm-lock.yaml"];

/** Builds the web pages when their sources have changed since the last build. Rejects with the signal's reason. */
export async function buildWeb(onProgress: (text: string) => void, signal: AbortSignal): Promise<void> {
  const wanted = await hashOfSources();
  if ((await readFile(STAMP, "utf8").catch(() => "")) === wanted) return;
  try {
    await promisify(execFile)(process.execPath, [join(WEB, "node_modules", "vite", "bin", "vite.js"), "build"], {
      cwd: WEB,
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    const said = (cause as { stderr?: string }).stderr ?? "";
    throw new GatehouseError("web_build_failed", `The web pages could not be built:\n${said.trim()}`, { cause });
  }
  await writeFile(STAMP, wanted);
  onProgress("The web pages are built.");
}

async function hashOfSources(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const file of glob(SOURCES, {
    cwd: ROOT,
    exclude: (name) => /(^|\/)(node_modules|dist)(\/|$)/.test(name),
  }))
    files.push(file);
  for (const file of files.sort()) hash.update(file).update(await readFile(join(ROOT, file)));
  return hash.digest("hex");
}
