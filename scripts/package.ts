import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ARCHITECTURES, type Arch } from "./package/architectures.ts";
import { buildDebianPackage } from "./package/debian-package.ts";
import { buildReleaseTree, versionOf } from "./package/release-tree.ts";

/* npm run package: Debian packages of the agent. */

const ROOT = join(import.meta.dirname, "..");
const WORK = join(ROOT, ".gatehouse/package");
/** Time of the files when SOURCE_DATE_EPOCH doesn't say another: the same for every build of the same sources. */
const DEFAULT_EPOCH_S = 1_767_225_600;
const USAGE = `Usage: npm run package -- --arch amd64|arm64|armhf|all [--out FOLDER]

Builds gatehouse_VERSION_ARCH.deb: the agent with Node, its libraries and systemd units. SOURCE_DATE_EPOCH sets the time of
all files; the same sources give the same bytes.
`;

function archesOf(word: string | undefined): readonly Arch[] | null {
  if (word === "all") return ["amd64", "arm64", "armhf"];
  return word !== undefined && Object.hasOwn(ARCHITECTURES, word) ? [word as Arch] : null;
}

async function build(arch: Arch, out: string): Promise<void> {
  const started = performance.now();
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const release = join(WORK, arch, "release");
  await buildReleaseTree({ root: ROOT, into: release, arch, say });
  const version = versionOf(ROOT);
  const atS = Number(process.env.SOURCE_DATE_EPOCH ?? DEFAULT_EPOCH_S);
  const deb = await buildDebianPackage({ root: ROOT, release, work: join(WORK, arch, "deb"), arch, version, atS });
  const file = join(out, `gatehouse_${version}_${arch}.deb`);
  writeFileSync(file, deb);
  const sha256 = createHash("sha256").update(deb).digest("hex");
  say(
    `${file}\n  ${Math.round(deb.length / 1e6)} MB, sha256 ${sha256}, ${Math.round((performance.now() - started) / 1_000)} s`,
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { arch: { type: "string" }, out: { type: "string" } } });
  const arches = archesOf(values.arch);
  if (!arches) {
    process.stderr.write(USAGE);
    return 2;
  }
  const out = values.out ?? join(WORK, "out");
  mkdirSync(out, { recursive: true });
  let failed = 0;
  for (const arch of arches) {
    try {
      await build(arch, out);
    } catch (error) {
      failed += 1;
      process.stderr.write(`${arch}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
