import { readFileSync, rmSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@gatehouse/cloud/db/postgres/embedded-postgres.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import pg from "pg";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Connection string of the test run's Postgres, as a superuser. */
    postgresUrl: string;
  }
}

/** Test data may be lost with the machine, so nothing waits for a disk. */
const RELAXED = ["fsync", "synchronous_commit", "full_page_writes"];

/** Starts one Postgres for the whole run, tells its address to the tests, and removes it after the last of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), "gatehouse-test-postgres-"));
  // Under root, Postgres runs as another user, who must be able to pass through this folder.
  await chmod(dataDir, 0o711);
  const removeAtExit = () => removeNow(dataDir);
  process.once("exit", removeAtExit);
  const server = await startEmbeddedPostgres({ dataDir, port: null, clock: systemClock(), random: systemRandom });
  await relax(server.url);
  project.provide("postgresUrl", server.url);
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
    process.off("exit", removeAtExit);
  };
}

async function relax(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const setting of RELAXED) await client.query(`ALTER SYSTEM SET ${setting} = off`);
  await client.query("SELECT pg_reload_conf()");
  await client.end();
}

/** For an interrupted run: vitest then exits at once, and nothing that takes time can be done any more. */
function removeNow(dataDir: string): void {
  try {
    const [pid] = readFileSync(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8").split("\n");
    process.kill(Number(pid), "SIGQUIT");
  } catch {
    // It hasn't started yet, or it has ended already.
  }
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
