import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import { packTree, treeOf } from "@gatehouse/edge/update/archive.ts";
import { arArchive } from "./ar.ts";
import { ARCHITECTURES, type Arch } from "./architectures.ts";

const TEMPLATES = join(import.meta.dirname, "debian");
const GZIP = { level: 9 } as const;
const MAINTAINER = "Gatehouse maintainers <maintainers@gatehouse.invalid>";

/** Where each template goes; everything else of the package is the release itself and the documents. */
const FILES: Readonly<Record<string, string>> = {
  "gatehouse.service": "usr/lib/systemd/system/gatehouse.service",
  "gatehouse.sysusers": "usr/lib/sysusers.d/gatehouse.conf",
  "gatehouse.tmpfiles": "usr/lib/tmpfiles.d/gatehouse.conf",
  "gatehouse.udev": "usr/lib/udev/rules.d/60-gatehouse.rules",
  "agent.env": "etc/gatehouse/agent.env",
  "gate.sh": "usr/bin/gate",
  "restart-when-clear.sh": "usr/lib/gatehouse/restart-when-clear",
};
const EXECUTABLES = ["usr/bin/gate", "usr/lib/gatehouse/restart-when-clear"];
const CONFFILES = ["/etc/gatehouse/agent.env"];
const DOCUMENTS = ["docs/install.md", "docs/configuration.md", "docs/technician.md", "docs/faults.md"];
const SCRIPTS = ["postinst", "prerm", "postrm"];

export interface DebianOptions {
  readonly root: string;
  readonly release: string;
  /** Folder to work in, emptied before. */
  readonly work: string;
  readonly arch: Arch;
  readonly version: string;
  /** Time of every file, seconds since 1970 (SOURCE_DATE_EPOCH). */
  readonly atS: number;
}

/**
 * The Debian package of a release, made without Debian's tools: a .deb is an ar of two tars, and the tars come from the
 * library that also unpacks updates. So it can be built on any computer, and two builds give the same bytes.
 */
export async function buildDebianPackage(options: DebianOptions): Promise<Buffer> {
  const { work, atS } = options;
  rmSync(work, { recursive: true, force: true });
  const data = join(work, "data");
  layOutData(data, options);
  const control = join(work, "control");
  layOutControl(control, data, options);
  return arArchive(
    [
      { name: "debian-binary", content: Buffer.from("2.0\n") },
      { name: "control.tar.gz", content: await gzipped(packTree(control, { prefix: "./", atS })) },
      { name: "data.tar.gz", content: await gzipped(packTree(data, { prefix: "./", atS })) },
    ],
    atS,
  );
}

function layOutData(data: string, { root, release, version, atS }: DebianOptions): void {
  cpSync(release, join(data, "usr/lib/gatehouse"), { recursive: true, verbatimSymlinks: true });
  for (const [template, path] of Object.entries(FILES)) put(join(data, path), readFileSync(join(TEMPLATES, template)));
  for (const path of EXECUTABLES) chmodSync(join(data, path), 0o755);
  mkdirSync(join(data, "etc/gatehouse/update-keys"), { recursive: true });
  const documents = join(data, "usr/share/doc/gatehouse");
  for (const path of DOCUMENTS.filter((path) => existsSync(join(root, path))))
    put(join(documents, path.replace(/^docs\//, "")), readFileSync(join(root, path)));
  cpSync(join(root, "firmware-configs/sites"), join(documents, "examples/sites"), { recursive: true });
  put(join(documents, "copyright"), COPYRIGHT);
  put(join(documents, "changelog.gz"), gzipSync(changelog(version, atS), GZIP));
}

function layOutControl(control: string, data: string, options: DebianOptions): void {
  const files = treeOf(data).filter(({ kind }) => kind === "file");
  const bytes = files.reduce((sum, { name }) => sum + lstatSync(join(data, name)).size, 0);
  put(join(control, "control"), controlText(options, Math.ceil(bytes / 1_024)));
  put(join(control, "conffiles"), `${CONFFILES.join("\n")}\n`);
  const sums = files.map(
    ({ name }) =>
      `${createHash("md5")
        .update(readFileSync(join(data, name)))
        .digest("hex")}  ${name}`,
  );
  put(join(control, "md5sums"), `${sums.join("\n")}\n`);
  for (const name of SCRIPTS) {
    copyFileSync(join(TEMPLATES, name), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
}

function controlText({ arch, version }: DebianOptions, kilobytes: number): string {
  const node = ARCHITECTURES[arch].nodePackage === null ? ", nodejs (>= 24)" : "";
  return `Package: gatehouse
Version: ${version}
Architecture: ${arch}
Maintainer: ${MAINTAINER}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1, passwd${node}
Recommends: chrony, udev
Suggests: ffmpeg, gpiod
Section: misc
Priority: optional
Description: gates of a parking lot, decided at the lot
 The agent that runs on the computer at a parking lot: it drives barriers,
 reads loops, cameras, tickets and cards, decides without a network, and
 tells a cloud later what happened. With the technician's command gate.
`;
}

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: gatehouse

Files: *
Copyright: The Gatehouse maintainers
License: Apache-2.0
 On Debian systems the text of this licence is in /usr/share/common-licenses/Apache-2.0.
Comment:
 Node is in /usr/lib/gatehouse/bin with its licence beside it. Each library in
 /usr/lib/gatehouse/node_modules has its own licence in its folder.
`;

function changelog(version: string, atS: number): string {
  const date = new Date(atS * 1_000).toUTCString().replace("GMT", "+0000");
  return `gatehouse (${version}) stable; urgency=medium\n\n  * Release ${version}.\n\n -- ${MAINTAINER}  ${date}\n`;
}

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

async function gzipped(tar: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return await promisify(gzip)(Buffer.concat(chunks), GZIP);
}
