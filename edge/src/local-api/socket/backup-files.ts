import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";

/** What `backupFile` makes. */
const NAME = /^backup-\d+-\d+\.tmp$/;

/** Where a copy of the store lies while it is sent to the technician. */
export function backupFile(dataDir: string, at: WallMs): string {
  return join(dataDir, `backup-${process.pid}-${at}.tmp`);
}

/**
 * Removes the copies that an agent left that was killed while it sent them: each is as large as the store. Only for the
 * start, before any is made, by the one agent that runs on this directory.
 */
export async function sweepBackups(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch(() => []);
  await Promise.all(names.filter((name) => NAME.test(name)).map((name) => rm(join(dataDir, name), { force: true })));
}
