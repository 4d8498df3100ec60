import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import pg from "pg";
import type { Cluster } from "./cluster.ts";

/** What postmaster.pid tells: https://www.postgresql.org/docs/18/storage-file-layout.html */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
}

/** What a server wrote when it started on this data directory; null when none did, or the file is no such file. */
export async function readPidFile({ dataDir }: Cluster): Promise<PidFile | null> {
  const text = await readFile(join(dataDir, "postmaster.pid"), "utf8").catch(() => null);
  const lines = text?.split("\n") ?? [];
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number.isInteger(port) ? port : 0 } : null;
}

/** Whether a process runs, also one of another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** Ended, but nobody has taken notice: in a container whose first process doesn't do so, it stays like that (proc(5)). */
function isZombie(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.startsWith("Z") ?? false;
  } catch {
    return false;
  }
}

/** The address of one database of this cluster, with its password: not for logs. */
export function urlOf({ user, password }: Cluster, port: number, database: string): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** Whether the server on that port is the one of this cluster, ready for queries. */
export async function answersFor(cluster: Cluster, port: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(cluster, port, "postgres"), connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>("SHOW data_directory");
    return rows[0]?.data_directory === cluster.dataDir;
  } catch {
    return false;
  } finally {
    // Not waited for: towards a stranger who never answers it would not return.
    client.end().catch(() => undefined);
  }
}
