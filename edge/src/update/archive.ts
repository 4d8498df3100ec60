import { createReadStream, createWriteStream, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { type ExtractEvents, extract, pack } from "tar-stream";

/** Most files of one release; ours has some 4,000. */
const FILES_MAX = 40_000;
/** Most bytes of one release when unpacked; ours has some 200 MB, most of it Node. */
const BYTES_MAX = 1_000_000_000;
const EXECUTABLE = 0o111;

/** An archive that is cut, too large, or holds what no release of ours holds. */
export class ArchiveError extends GatehouseError<"bad_archive"> {
  constructor(message: string, cause?: unknown) {
    super("bad_archive", message, { cause });
  }
}

export interface TreeEntry {
  /** Below the tree, with slashes. */
  readonly name: string;
  readonly kind: "file" | "directory" | "link";
  readonly isExecutable: boolean;
}

/** Everything below a folder, each folder before what is in it, in an order that depends on the names alone. */
export function treeOf(root: string): readonly TreeEntry[] {
  const walk = (folder: string): TreeEntry[] =>
    readdirSync(join(root, folder))
      .sort()
      .flatMap((base) => {
        const name = folder === "" ? base : `${folder}/${base}`;
        const stat = lstatSync(join(root, name));
        if (stat.isDirectory()) return [{ name, kind: "directory" as const, isExecutable: true }, ...walk(name)];
        const isExecutable = (stat.mode & EXECUTABLE) !== 0;
        return [{ name, kind: stat.isSymbolicLink() ? ("link" as const) : ("file" as const), isExecutable }];
      });
  return walk("");
}

export interface PackOptions {
  /** Put before each name, like `./usr/lib/gatehouse/`. */
  readonly prefix?: string;
  /** Time of every file, seconds since 1970, so that the same tree gives the same bytes. */
  readonly atS: number;
}

/** A tar of a tree, owned by root, with normal modes; the same bytes for the same tree. */
export function packTree(root: string, { prefix = "", atS }: PackOptions): Readable {
  const tar = pack();
  const fill = async (): Promise<void> => {
    for (const entry of treeOf(root)) await add(tar, { root, entry, prefix, mtime: new Date(atS * 1_000) });
    tar.finalize();
  };
  fill().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(tar);
}

interface Adding {
  readonly root: string;
  readonly entry: TreeEntry;
  readonly prefix: string;
  readonly mtime: Date;
}

async function add(tar: ReturnType<typeof pack>, { root, entry, prefix, mtime }: Adding): Promise<void> {
  const path = join(root, entry.name);
  const common = { name: prefix + entry.name, mtime, uid: 0, gid: 0, uname: "root", gname: "root" };
  switch (entry.kind) {
    case "directory":
      return void tar.entry({ ...common, name: `${common.name}/`, type: "directory", mode: 0o755 });
    case "link":
      return void tar.entry({ ...common, type: "symlink", linkname: readlinkSync(path), mode: 0o777 });
    case "file": {
      const { size } = lstatSync(path);
      const mode = entry.isExecutable ? 0o755 : 0o644;
      await pipeline(createReadStream(path), tar.entry({ ...common, type: "file", size, mode }));
    }
  }
}

/**
 * Unpacks a tar into an empty folder and flushes each file. Files, folders and links that stay inside are taken; anything
 * else, and any name that leads out, rejects with `ArchiveError`, and so does an archive that is cut.
 */
export async function unpackTree(tar: Readable, into: string): Promise<void> {
  const unpacking = extract();
  let files = 0;
  let bytes = 0;
  const taking = (async (): Promise<void> => {
    for await (const entry of unpacking) {
      files += 1;
      bytes += entry.header.size;
      if (files > FILES_MAX || bytes > BYTES_MAX)
        throw new ArchiveError("The archive is larger than any release of ours.");
      await take(entry, into);
    }
  })();
  // The reader's word first: an archive that is refused ends the stream, too.
  const [read, streamed] = await Promise.allSettled([taking, pipeline(tar, unpacking)]);
  for (const one of [read, streamed]) {
    if (one.status === "fulfilled") continue;
    if (one.reason instanceof ArchiveError) throw one.reason;
    throw new ArchiveError("The archive can't be unpacked; it is cut or damaged.", one.reason);
  }
}

type Body = ExtractEvents["entry"][1];

async function take(body: Body, into: string): Promise<void> {
  const { header } = body;
  const path = placeOf(header.name, into);
  switch (header.type) {
    case "directory":
      await mkdir(path, { recursive: true, mode: 0o755 });
      body.resume();
      return;
    case "symlink":
      if (!isInside(into, join(dirname(path), header.linkname)) || header.linkname.startsWith("/"))
        throw new ArchiveError(`The archive has a link that leads out: ${header.name}.`);
      await symlink(header.linkname, path);
      body.resume();
      return;
    case "file":
      await mkdir(dirname(path), { recursive: true, mode: 0o755 });
      await pipeline(Readable.from(body), createWriteStream(path, { flags: "wx", flush: true }));
      await chmod(path, (header.mode & EXECUTABLE) === 0 ? 0o644 : 0o755);
      return;
    default:
      throw new ArchiveError(`The archive has an entry of a kind that releases don't have: ${header.name}.`);
  }
}

function placeOf(name: string, into: string): string {
  const path = join(into, normalize(name));
  if (name.startsWith("/") || !isInside(into, path))
    throw new ArchiveError(`The archive has a name that leads out: ${name}.`);
  return path;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../") && !way.startsWith("/");
}
