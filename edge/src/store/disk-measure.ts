import { statfsSync } from "node:fs";
import type { SpaceSeen } from "@gatehouse/shared/sync/disk-pressure.ts";
import type { Database } from "better-sqlite3";

/** The file system that the store lies on, in bytes. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What is free for the agent's user, without what the file system keeps for root. Throws when the disk can't be asked. */
export function diskSpaceOf(directory: string): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/**
 * Measures the store, on the writing connection between two transactions: three numbers of its first page, however large it
 * is. They count what the write-ahead log holds; its file beside the database is at most 32 MiB and keeps its size.
 */
export function prepareDiskMeasure(db: Database, disk: () => DiskSpace): () => SpaceSeen {
  const read = (name: "page_count" | "freelist_count" | "page_size"): number =>
    Number(db.pragma(name, { simple: true }));
  return () => {
    const empty = read("freelist_count");
    const pageBytes = read("page_size");
    return {
      usedBytes: (read("page_count") - empty) * pageBytes,
      reusableBytes: empty * pageBytes,
      ...disk(),
    };
  };
}
