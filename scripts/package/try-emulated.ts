import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Arch } from "./architectures.ts";

/** Processors that an emulator of Debian's can play here. */
const EMULATED = {
  arm64: { emulator: "qemu-aarch64-static", triple: "aarch64-linux-gnu" },
} as const;

export type EmulatedArch = keyof typeof EMULATED;

/** Why a package of this processor can't be tried by emulation; null when it can. */
export function whyNotEmulated(arch: Arch): string | null {
  switch (arch) {
    case "arm64":
      if (process.platform !== "linux" || process.arch !== "x64") return "emulation needs Linux on x64";
      return existsSync("/usr/bin/apt-get") ? null : "this is no Debian: the emulator comes from apt-get";
    case "armhf":
      return "Node's project builds no version 24 for armhf, so nothing could run the agent (docs/decisions/0020)";
    case "amd64":
      return "amd64 is tried in a Debian, without --arch";
  }
}

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
  const { emulator, triple } = EMULATED[arch];
  const folder = prepareEmulator(arch, work);
  const cli = join(release, "edge/src/cli/main.ts");
  const site = (name: string): string => join(root, "firmware-configs/sites", name);
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
      words: [join(root, "scripts/package/probe-release.ts"), release],
      exitCode: 0,
      says: /natives work\nstore works/,
    },
  ];
  let failed = 0;
  for (const { name, words, exitCode, says } of steps) {
    const { status, stdout, stderr } = spawnSync(
      join(folder, "usr/bin", emulator),
      ["-L", join(folder, "usr", triple), join(release, "bin/node"), ...words],
      { encoding: "utf8", timeout: STEP_AT_MOST_MS },
    );
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

/** Emulator and C library of the other processor, unpacked from Debian's packages into a folder; nothing is installed. */
function prepareEmulator(arch: EmulatedArch, work: string): string {
  const folder = join(work, `emulator-${arch}`);
  if (existsSync(join(folder, "complete"))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const libraries = ["libc6", "libstdc++6", "libgcc-s1", "libatomic1"].map((name) => `${name}-${arch}-cross`);
  run("apt-get", ["download", "qemu-user-static", ...libraries], folder);
  for (const name of readdirSync(folder)) if (name.endsWith(".deb")) run("dpkg-deb", ["-x", name, "."], folder);
  writeFileSync(join(folder, "complete"), "");
  return folder;
}

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} failed:\n${error?.message ?? `${stdout}${stderr}`}`);
}
