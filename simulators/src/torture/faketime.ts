import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);
const FETCH_MAX_MS = 120_000;
const PROBE_MAX_MS = 20_000;
const LIBRARY = "libfaketimeMT.so.1";
const LIBRARY_ROOT = "/usr/lib";

/** Sets the wall clocks of processes that run (libfaketime(1)); their monotonic clocks go on. */
export interface Faketime {
  /** What a process needs in its environment for its clock to be set by `file`. */
  environment(file: string): Readonly<Record<string, string>>;
}

/** Sets the clock of the processes that were started with this file so many seconds from the machine's. */
export function setWall(file: string, seconds: number): void {
  // Written aside: each look at the clock reads the file.
  writeFileSync(`${file}.new`, `${seconds < 0 ? "-" : "+"}${Math.abs(Math.round(seconds))}\n`);
  renameSync(`${file}.new`, file);
}

/** Debian's libfaketime: the installed one, else one fetched into `folder`. Says why not, also when Node does not heed it. */
export async function getFaketime(
  folder: string,
): Promise<{ readonly ok: true; readonly faketime: Faketime } | { readonly ok: false; readonly why: string }> {
  mkdirSync(folder, { recursive: true });
  const library = libraryIn(LIBRARY_ROOT) ?? (await fetchInto(folder));
  if (library === null) return { ok: false, why: "libfaketime is not here, and apt-get download did not bring it" };
  const faketime: Faketime = {
    environment: (file) => ({
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    }),
  };
  const why = await whyNoEffect(faketime, join(folder, "probe"));
  return why === null ? { ok: true, faketime } : { ok: false, why };
}

function libraryIn(root: string): string | null {
  const folders = existsSync(root) ? readdirSync(root) : [];
  return folders.map((name) => join(root, name, "faketime", LIBRARY)).find((path) => existsSync(path)) ?? null;
}

async function fetchInto(folder: string): Promise<string | null> {
  const options = { cwd: folder, timeout: FETCH_MAX_MS };
  const download = () => run("apt-get", ["download", "-q", "libfaketime"], options);
  try {
    // A machine that never fetched Debian's lists knows of no package.
    await download().catch(() => run("apt-get", ["update", "-qq"], options).then(download));
    const deb = readdirSync(folder).find((name) => name.endsWith(".deb"));
    await run("dpkg-deb", ["-x", deb ?? "", "."], options);
  } catch {
    return null;
  }
  return libraryIn(join(folder, "usr", "lib"));
}

const probed = z.object({ wall_ms: z.number(), mono_ms: z.number() });
const PROBE = `
  const { renameSync, writeFileSync } = require("node:fs");
  const file = process.env.FAKETIME_TIMESTAMP_FILE;
  const [wall, mono] = [Date.now(), performance.now()];
  writeFileSync(file + ".new", "+3600\\n");
  renameSync(file + ".new", file);
  console.log(JSON.stringify({ wall_ms: Date.now() - wall, mono_ms: performance.now() - mono }));`;

/** Steps the clock of a Node that runs by an hour, and looks whether its wall clock went with it and the other did not. */
async function whyNoEffect(faketime: Faketime, file: string): Promise<string | null> {
  setWall(file, 0);
  try {
    const env = { ...process.env, ...faketime.environment(file) };
    const { stdout } = await run(process.execPath, ["-e", PROBE], { env, timeout: PROBE_MAX_MS });
    const { wall_ms, mono_ms } = probed.parse(JSON.parse(stdout));
    if (wall_ms < 3_000_000) return `Node's clock does not heed libfaketime: it moved by ${wall_ms} ms, not by an hour`;
    return mono_ms < 3_000_000 ? null : "libfaketime moves Node's monotonic clock too";
  } catch {
    return "Node does not run with libfaketime";
  }
}
