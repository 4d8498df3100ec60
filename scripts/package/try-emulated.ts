import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import type { Arch } from "./architectures.ts";

/** Processors that an emulator of Debian's can play here. */
const EMULATORS = { arm64: "qemu-aarch64-static", armhf: "qemu-arm-static" } as const;
/** First Debian whose own Node for 32-bit ARM is new enough. */
const DEBIAN_WITH_NODE_24 = "forky";

export type EmulatedArch = keyof typeof EMULATORS;

/** Why a package of this processor can't be tried by emulation; null when it can. */
export function whyNotEmulated(arch: Arch): string | null {
  if (arch === "amd64") return "amd64 is tried in a Debian, without --arch";
  if (process.platform !== "linux" || process.arch !== "x64") return "emulation needs Linux on x64";
  if (!existsSync("/usr/bin/apt-get")) return "this is no Debian: the emulator comes from apt-get";
  if (arch === "arm64") return null;
  if (!existsSync("/usr/bin/arm-linux-gnueabihf-g++")) return "g++-arm-linux-gnueabihf isn't installed";
  return existsSync(DEBOOTSTRAP) ? null : "debootstrap isn't installed";
}

const DEBOOTSTRAP = "/usr/sbin/debootstrap";
const USUAL_MIRROR = "";
/** All of Debian's releases are laid out by this one; the name of the newest may be unknown here. */
const SCRIPT = "/usr/share/debootstrap/scripts/sid";
const STEP_AT_MOST_MS = 300_000;

interface Step {
  readonly name: string;
  readonly words: readonly string[];
  readonly exitCode: number;
  readonly says: RegExp | string;
}

/** Runs a release of another processor, program by program. Returns how many steps failed. */
export function tryEmulated(
  arch: EmulatedArch,
  { root, release, work, version }: { root: string; release: string; work: string; version: string },
): number {
  const node = prepareEmulator(arch, { release, work });
  const cli = join(release, "edge/src/cli/main.ts");
  const site = (name: string): string => join(root, "firmware-configs/sites", name);
  // Without types, since the Node that runs it may not read them.
  const probe = join(work, "probe-release.mjs");
  writeFileSync(probe, stripTypeScriptTypes(readFileSync(join(import.meta.dirname, "probe-release.ts"), "utf8")));
  const wrong = join(work, "wrong.yaml");
  writeFileSync(wrong, "lot_id: nothing\n");
  const steps: readonly Step[] = [
    {
      name: "gate --version",
      words: [cli, "--version"],
      exitCode: 0,
      says: version,
    },
    ...["example.yaml", "four-lanes-modbus-tcp.yaml"].map((name) => ({
      name: `gate config check ${name}`,
      words: [cli, "config", "check", site(name)],
      exitCode: 0,
      says: /: good/,
    })),
    { name: "gate config check, a wrong file", words: [cli, "config", "check", wrong], exitCode: 2, says: /lot_id/ },
    {
      name: "natives and store",
      words: [probe, release],
      exitCode: 0,
      says: /natives work\nstore works/,
    },
  ];
  let failed = 0;
  for (const { name, words, exitCode, says } of steps) {
    const { status, stdout, stderr } = spawnSync(node.command, [...node.words, ...words], {
      encoding: "utf8",
      timeout: STEP_AT_MOST_MS,
    });
    const said = `${stdout}${stderr}`;
    const isGood = status === exitCode && (typeof says === "string" ? said.trim() === says : says.test(said));
    process.stdout.write(`${isGood ? "ok" : "FAILED"}  ${arch}: ${name}\n`);
    if (isGood) continue;
    failed += 1;
    process.stdout.write(`exit code ${status}, ${exitCode} expected\n${said}\n`);
  }
  process.stdout.write(`${steps.length - failed} passed, ${failed} failed\n`);
  return failed;
}

interface EmulatedNode {
  readonly command: string;
  readonly words: readonly string[];
}

/** Emulator and what Node needs of the other processor, unpacked from Debian's packages into a folder; nothing is installed. */
function prepareEmulator(arch: EmulatedArch, { release, work }: { release: string; work: string }): EmulatedNode {
  const folder = join(work, `emulator-${arch}`);
  if (!existsSync(join(folder, "complete"))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    switch (arch) {
      case "arm64":
        fetchLibrary(folder);
        break;
      case "armhf":
        fetchDebian(folder);
    }
    writeFileSync(join(folder, "complete"), "");
  }
  const command = join(folder, "usr/bin", EMULATORS[arch]);
  if (arch === "arm64")
    return { command, words: ["-L", join(folder, "usr/aarch64-linux-gnu"), join(release, "bin/node")] };
  // What bin/node of the release does, which is a script of the shell.
  const root = join(folder, "debian");
  const hook = join(release, "bin/plain-typescript.mjs");
  return { command, words: ["-L", root, join(root, "usr/bin/node"), "--import", hook] };
}

/** The C library for our own Node. */
function fetchLibrary(folder: string): void {
  const libraries = ["libc6", "libstdc++6", "libgcc-s1", "libatomic1"].map((name) => `${name}-arm64-cross`);
  fetchPackages(folder, ["qemu-user-static", ...libraries]);
}

/** A Debian with its own Node, unpacked and never set up: no program of it has to run for that. */
function fetchDebian(folder: string): void {
  fetchPackages(folder, ["qemu-user-static"]);
  const fetched = join(folder, "fetched");
  const words = ["--download-only", "--arch=armhf", "--variant=minbase", "--include=nodejs"];
  run(DEBOOTSTRAP, [...words, DEBIAN_WITH_NODE_24, fetched, USUAL_MIRROR, SCRIPT], folder);
  const root = join(folder, "debian");
  mkdirSync(join(root, "usr/lib"), { recursive: true });
  symlinkSync("usr/lib", join(root, "lib"));
  const archives = join(fetched, "var/cache/apt/archives");
  for (const name of readdirSync(archives)) if (name.endsWith(".deb")) unpackInto(root, join(archives, name));
  rmSync(fetched, { recursive: true });
}

function fetchPackages(folder: string, names: readonly string[]): void {
  run("apt-get", ["download", ...names], folder);
  for (const name of readdirSync(folder)) if (name.endsWith(".deb")) run("dpkg-deb", ["-x", name, "."], folder);
}

/** As dpkg-deb -x, but a folder of the package doesn't replace the link of ours. */
function unpackInto(root: string, deb: string): void {
  run("sh", ["-c", 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"', "sh", deb, root], root);
}

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} failed:\n${error?.message ?? `${stdout}${stderr}`}`);
}
