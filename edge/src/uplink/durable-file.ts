import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Replaces a file's content so that a power cut leaves either the old or the new one: written beside it, flushed,
 * renamed over it, and the directory flushed (POSIX rename is atomic; only fsync makes it durable). Mode 0600.
 */
export function writeFileDurably(path: string, content: string): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  moveDurably(temporary, path);
}

/** Renames a file that is on the disk, over one of the same folder if there is one. */
export function moveDurably(from: string, to: string): void {
  renameSync(from, to);
  flushDirectory(dirname(to));
}

function flushDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
