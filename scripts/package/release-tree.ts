import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { treeOf, unpackTree } from "@gatehouse/edge/update/archive.ts";
import { ARCHITECTURES, type Arch } from "./architectures.ts";
import { crossCompileSqlite } from "./cross-sqlite.ts";
import { leanOnSystemNode } from "./system-node.ts";

const PNPM = "pnpm@12.21.0";
/** What the lock file speaks of; the packages' own code is copied afterwards. */
const MANIFESTS = ["", "shared", "edge", "cloud", "cloud/web", "simulators"];
const OWN_CODE = ["edge/src", "edge/package.json", "shared/src", "shared/package.json", "firmware-configs/devices"];
/** Files that no running agent reads. */
const NEEDLESS = [
  /(^|\/)(testing|bench|\.bin|\.github)(\/|$)/,
  /\.(test|vm)\.ts$/,
  /^node_modules\/[^/]+\/(docs?|examples?|tests?|integration-test|benchmarks?)\//,
  /^node_modules\/@[^/]+\/[^/]+\/(docs?|examples?|tests?)\//,
  /^node_modules\/better-sqlite3\/(deps|src|binding\.gyp)/,
  /^node_modules\/koffi\/(vendor|doc)\//,
  /^node_modules\/koffi\/src\/.*\.(cc|hh|c|h|S|asm|def|txt)$/,
  /^node_modules\/@serialport\/bindings-cpp\/(src|binding\.gyp)/,
  /^node_modules\/\.(pnpm|modules)/,
  // For a runtime called Bare, which isn't ours.
  /\.bare$/,
];
const NATIVES = ["better-sqlite3", "koffi", "@serialport/bindings-cpp"];
const HOST_ARCH = process.arch === "x64" ? "amd64" : process.arch;
const PREBUILD = /\/(prebuilds\/|(linux|musl)_[a-z0-9]+\/)/;

export interface ReleaseOptions {
  readonly root: string;
  /** Built here, from nothing. */
  readonly into: string;
  readonly arch: Arch;
  readonly say: (line: string) => void;
}

/**
 * The agent as it runs on a lot's computer: Node, our sources, the libraries of the lock file, and natives of one
 * architecture. Throws when something can't be had.
 */
export async function buildReleaseTree({ root, into, arch, say }: ReleaseOptions): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  installLibraries(root, { into, arch });
  for (const path of OWN_CODE) cpSync(join(root, path), join(into, path), { recursive: true });
  copyFileSync(join(root, "LICENSE"), join(into, "LICENSE"));
  linkEpoll(into);
  for (const name of ["cloud", "simulators", "package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"])
    rmSync(join(into, name), { recursive: true, force: true });
  rmSync(join(into, "node_modules/@gatehouse"), { recursive: true, force: true });
  if (ARCHITECTURES[arch].nodePackage === null) crossCompileSqlite(root, into);
  removeNeedless(into, arch);
  removeEmptyFolders(into);
  checkNatives(into, arch);
  if (arch === HOST_ARCH) tryNatives(into);
  const { nodePackage } = ARCHITECTURES[arch];
  if (nodePackage === null) {
    say(`${arch}: there is no Node 24 for this processor in the registry; the system's is used.`);
    leanOnSystemNode(into);
  } else await fetchNode(root, { into, nodePackage });
  writeFileSync(join(into, "release.json"), `${JSON.stringify({ version: versionOf(root), arch }, null, 2)}\n`);
}

/** The version of the agent, from edge/package.json. */
export function versionOf(root: string): string {
  const manifest: { version?: string } = JSON.parse(readFileSync(join(root, "edge/package.json"), "utf8"));
  if (!manifest.version) throw new Error("edge/package.json has no version.");
  return manifest.version;
}

/** Exactly what the lock file holds for the edge, without scripts, for another processor than this one's if need be. */
function installLibraries(root: string, { into, arch }: { into: string; arch: Arch }): void {
  for (const folder of MANIFESTS) {
    mkdirSync(join(into, folder), { recursive: true });
    copyFileSync(join(root, folder, "package.json"), join(into, folder, "package.json"));
  }
  copyFileSync(join(root, "pnpm-lock.yaml"), join(into, "pnpm-lock.yaml"));
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")
    .replace(/^(storeDir|cacheDir): (.*)$/gm, (_, key: string, path: string) => `${key}: ${join(root, path)}`)
    .concat(
      `\nnodeLinker: hoisted\nsupportedArchitectures:\n  os: [linux]\n  cpu: [${ARCHITECTURES[arch].cpu}]\n  libc: [glibc]\n`,
    );
  writeFileSync(join(into, "pnpm-workspace.yaml"), workspace);
  const words = [
    "--yes",
    PNPM,
    "install",
    "--frozen-lockfile",
    "--prod",
    "--ignore-scripts",
    "--filter",
    "@gatehouse/edge...",
  ];
  run("npx", words, into);
}

/** onoff finds our epoll, see pnpm-workspace.yaml. */
function linkEpoll(into: string): void {
  const link = join(into, "node_modules/onoff/node_modules/epoll");
  rmSync(link, { recursive: true, force: true });
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync("../../../edge/src/drivers/gpio/sysfs/epoll", link);
}

function removeNeedless(into: string, arch: Arch): void {
  const { prebuild } = ARCHITECTURES[arch];
  for (const { name, kind } of treeOf(into)) {
    const isForeign = kind === "file" && PREBUILD.test(`/${name}`) && name.endsWith(".node") && !prebuild.test(name);
    const isDocumented = name.startsWith("node_modules/") && /\.(d\.[mc]?ts|map|md|markdown|flow)$/i.test(name);
    const isNeedless = NEEDLESS.some((pattern) => pattern.test(name)) || (isDocumented && !/licen[cs]e/i.test(name));
    if (isForeign || isNeedless) rmSync(join(into, name), { recursive: true, force: true });
  }
}

function removeEmptyFolders(into: string): void {
  const folders = treeOf(into).filter(({ kind }) => kind === "directory");
  for (const { name } of folders.reverse())
    if (readdirSync(join(into, name)).length === 0) rmSync(join(into, name), { recursive: true });
}

/** Loads them as the agent would: a file too many may have been taken for needless. */
function tryNatives(into: string): void {
  run(process.execPath, ["-e", NATIVES.map((name) => `require("${name}");`).join("")], into);
}

/** A release without one of these would start and then fail at the lot. */
function checkNatives(into: string, arch: Arch): void {
  const natives = treeOf(into).filter(({ name }) => name.endsWith(".node"));
  for (const library of NATIVES) {
    if (natives.some(({ name }) => name.includes(library))) continue;
    throw new Error(`There is no build of ${library} for ${arch}.`);
  }
}

async function fetchNode(root: string, { into, nodePackage }: { into: string; nodePackage: string }): Promise<void> {
  const manifest: { devDependencies?: { node?: string } } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const version = manifest.devDependencies?.node ?? "";
  const cache = join(root, ".gatehouse/package/node");
  const file = join(cache, `${nodePackage}-${version}.tgz`);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(file)) run("npm", ["pack", "--silent", `${nodePackage}@${version}`], cache);
  const unpacked = join(into, ".node");
  mkdirSync(unpacked);
  await unpackTree(Readable.from([gunzipSync(readFileSync(file))]), unpacked);
  mkdirSync(join(into, "bin"));
  copyFileSync(join(unpacked, "package/bin/node"), join(into, "bin/node"));
  chmodSync(join(into, "bin/node"), 0o755);
  copyFileSync(join(unpacked, "package/LICENSE"), join(into, "bin/LICENSE.node"));
  rmSync(unpacked, { recursive: true });
}

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} failed:\n${error?.message ?? `${stdout}${stderr}`}`);
}
