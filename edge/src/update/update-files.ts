import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { Readable } from "node:stream";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import { unpackTree } from "./archive.ts";

/**
 * The steps on disk that an update is made of. Power may go before and after each of them, so each is durable when it
 * returns; the tests cut it off at every one.
 */
export interface UpdateFiles {
  /** Null when there is no such file. */
  read(path: string): string | null;
  exists(path: string): boolean;
  list(folder: string): readonly string[];
  /** Where a link leads; null when there is none. */
  linkTarget(path: string): string | null;
  freeBytes(folder: string): number;
  makeFolder(path: string): void;
  remove(path: string): void;
  /** Replaces a file; a power cut leaves the old or the new one. */
  write(path: string, text: string): void;
  /** Replaces a link in the same way. */
  link(path: string, target: string): void;
  rename(from: string, to: string): void;
  unpack(tar: Readable, into: string): Promise<void>;
}

/** The file system. POSIX rename is atomic, and fsync of file and folder makes it durable. */
export const updateFiles: UpdateFiles = {
  read: (path) => orNull(() => readFileSync(path, "utf8")),
  exists: (path) => existsSync(path),
  list: (folder) => orNull(() => readdirSync(folder)) ?? [],
  linkTarget: (path) => orNull(() => readlinkSync(path)),
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  makeFolder: (path) => void mkdirSync(path, { recursive: true, mode: 0o755 }),
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  write(path, text) {
    const beside = `${path}.new`;
    const file = openSync(beside, "w", 0o644);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    flush(folderOf(path));
  },
  link(path, target) {
    const beside = `${path}.new`;
    rmSync(beside, { force: true });
    symlinkSync(target, beside);
    renameSync(beside, path);
    flush(folderOf(path));
  },
  rename(from, to) {
    renameSync(from, to);
    flush(folderOf(to));
  },
  async unpack(tar, into) {
    await unpackTree(tar, into);
    flushBelow(into);
  },
};

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function flush(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function flushBelow(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) flushBelow(`${folder}/${entry.name}`);
  flush(folder);
}

/** Null for what is not there; any other failure is thrown. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "EINVAL" || code === "ENOTDIR") return null;
    throw error;
  }
}
