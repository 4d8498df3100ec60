import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildMachine } from "./gpio-vm/build-machine.ts";
import { installMissing, kernelVersion, whyNot } from "./gpio-vm/packages.ts";
import { runMachine } from "./gpio-vm/run-machine.ts";
import { ARCHITECTURES, type Arch } from "./package/architectures.ts";
import { bootContainer, canBootContainers } from "./package/debian-container.ts";
import { versionOf } from "./package/release-tree.ts";
import { tryEmulated, whyNotEmulated } from "./package/try-emulated.ts";

/*
 * npm run test:package: installs the Debian package in a fresh Debian with systemd, in a container where one can be booted,
 * else in the virtual machine of gpio-vm, and tries it; package/try-in-debian.sh has the steps.
 */

const ROOT = join(import.meta.dirname, "..");
const WORK = join(ROOT, ".gatehouse/package");
const DEBIAN = join(WORK, "debian-bookworm");
const AT_MOST_MS = 1_200_000;
const INCLUDED = "systemd,systemd-sysv,udev,libstdc++6,passwd";

function run(command: string, ...words: string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} failed:\n${error?.message ?? `${stdout}${stderr}`}`);
}

/** A small Debian, kept for the next time. */
function prepareDebian(): void {
  if (existsSync(join(DEBIAN, "complete"))) return;
  rmSync(DEBIAN, { recursive: true, force: true });
  run("debootstrap", "--variant=minbase", `--include=${INCLUDED}`, "bookworm", DEBIAN);
  writeFileSync(join(DEBIAN, "complete"), "");
}

/** The next release: the same program with a higher version, signed, and once unsigned. */
function prepareUpdates(version: string, opt: string): void {
  const next = `${version.replace(/\.\d+$/, "")}.${Number(version.split(".").at(-1)) + 1}`;
  const release = join(WORK, "next-release");
  rmSync(release, { recursive: true, force: true });
  cpSync(join(WORK, "amd64/release"), release, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(release, "release.json"), JSON.stringify({ version: next, arch: "amd64" }));
  const manifest = join(release, "edge/package.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace(`"version": "${version}"`, `"version": "${next}"`));
  const sign = join(ROOT, "scripts/release/sign.ts");
  const keys = join(WORK, "test-keys");
  rmSync(keys, { recursive: true, force: true });
  mkdirSync(keys);
  run(process.execPath, sign, "new-key", keys);
  run(
    process.execPath,
    sign,
    "update",
    "--release",
    release,
    "--key",
    join(keys, "update-key.pem"),
    "--out",
    join(opt, "good.update"),
  );
  const signed = readFileSync(join(opt, "good.update"));
  const [magic = "", seal = ""] = signed.toString("latin1", 0, 512).split("\n");
  const unsigned = Buffer.from(`${magic}\n${seal.split(" ")[0]} - -\n`);
  writeFileSync(
    join(opt, "unsigned.update"),
    Buffer.concat([unsigned, signed.subarray(magic.length + seal.length + 2)]),
  );
  copyFileSync(join(keys, "update-key.pub.pem"), join(opt, "update-key.pub.pem"));
  writeFileSync(join(opt, "good.version"), next);
  writeFileSync(join(opt, "base.version"), version);
}

function prepareTrial(version: string): void {
  const opt = join(DEBIAN, "opt");
  mkdirSync(opt, { recursive: true });
  copyFileSync(join(WORK, "out", `gatehouse_${version}_amd64.deb`), join(opt, "gatehouse.deb"));
  copyFileSync(join(ROOT, "firmware-configs/sites/example.yaml"), join(opt, "site.yaml"));
  for (const file of ["try-in-debian.sh", "quiet-lanes.mjs"])
    copyFileSync(join(ROOT, "scripts/package", file), join(opt, file));
  prepareUpdates(version, opt);
  const unit = "etc/systemd/system/try-in-debian.service";
  copyFileSync(join(ROOT, "scripts/package/try-in-debian.service"), join(DEBIAN, unit));
  const wanted = join(DEBIAN, "etc/systemd/system/multi-user.target.wants");
  mkdirSync(wanted, { recursive: true });
  rmSync(join(wanted, "try-in-debian.service"), { force: true });
  symlinkSync(`/${unit}`, join(wanted, "try-in-debian.service"));
}

const USAGE = `Usage: npm run test:package [-- --arch arm64|armhf]

Without --arch: installs the amd64 package in a fresh Debian with systemd and tries it. With --arch: builds the package of
that processor and runs its programs, natives and store in an emulator.
`;

async function main(): Promise<void> {
  const words = wordsOf(process.argv.slice(2));
  if (words === null || words.help) {
    (words ? process.stdout : process.stderr).write(USAGE);
    process.exitCode = words ? 0 : 2;
    return;
  }
  if (words.arch === null) return await tryInDebian();
  const skipped = whyNotEmulated(words.arch);
  if (skipped !== null) return skip(skipped);
  if (words.arch === "amd64") throw new Error("amd64 isn't emulated.");
  run(process.execPath, join(ROOT, "scripts/package.ts"), "--arch", words.arch);
  const release = join(WORK, words.arch, "release");
  const failed = tryEmulated(words.arch, { root: ROOT, release, work: WORK, version: versionOf(ROOT) });
  process.exitCode = failed === 0 ? 0 : 1;
}

/** Null for words that are none of ours. */
function wordsOf(args: string[]): { arch: Arch | null; help: boolean } | null {
  try {
    const { values } = parseArgs({ args, options: { arch: { type: "string" }, help: { type: "boolean" } } });
    const { arch, help = false } = values;
    if (arch === undefined) return { arch: null, help };
    return Object.hasOwn(ARCHITECTURES, arch) ? { arch: arch as Arch, help } : null;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}

function skip(reason: string): void {
  process.stdout.write(`test:package is skipped: ${reason}.\n0 passed, 0 failed, 1 skipped\n`);
}

async function tryInDebian(): Promise<void> {
  const started = performance.now();
  const reason = missing();
  if (reason !== null) return skip(`${reason}; it needs Debian on x64 and root`);
  const version = versionOf(ROOT);
  run(process.execPath, join(ROOT, "scripts/package.ts"), "--arch", "amd64");
  prepareDebian();
  prepareTrial(version);
  const trial = { atMostMs: AT_MOST_MS, onLine: (line: string): void => void process.stdout.write(`${line}\n`) };
  const exitCode = canBootContainers() ? await bootContainer(DEBIAN, trial) : await bootMachine(trial);
  process.stdout.write(`${Math.round((performance.now() - started) / 1_000)} s in all\n`);
  process.exitCode = exitCode === 0 ? 0 : 1;
}

/** Why it can't be tried here, or null. */
function missing(): string | null {
  const reason = canBootContainers() ? null : (whyNot() ?? installMissing());
  if (reason !== null) return reason;
  return existsSync("/usr/sbin/debootstrap") ? null : "debootstrap isn't installed";
}

/** Where containers can't be booted: the emulated computer of gpio-vm, which takes many times as long. */
async function bootMachine(trial: { atMostMs: number; onLine: (line: string) => void }): Promise<number | null> {
  const kernel = kernelVersion();
  if (kernel === null) throw new Error("There is no kernel to boot; `npm run test:gpio` says what is missing.");
  const machine = buildMachine(join(ROOT, ".gatehouse", "gpio-vm"), kernel);
  return (await runMachine({ machine, task: { kind: "debian", folder: DEBIAN }, ...trial })).exitCode;
}

await main();
