import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "./alive.ts";

/**
 * The port of the built-in database when it still runs for `cloudDir`, else null.
 * The lines of postmaster.pid: https://www.postgresql.org/docs/18/storage-file-layout.html
 */
export async function leftDatabasePort(cloudDir: string): Promise<number | null> {
  const file = join(cloudDir, "postgres", "data", "postmaster.pid");
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return isAlive(pid) && Number.isInteger(port) && port > 0 ? port : null;
}
