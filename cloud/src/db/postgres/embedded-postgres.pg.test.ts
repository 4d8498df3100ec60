import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";

const clock = systemClock();
let dataDir: string;
let running: EmbeddedPostgres | null = null;

const start = async (port: number | null = null): Promise<EmbeddedPostgres> => {
  running = await startEmbeddedPostgres({ dataDir, port, clock, random: systemRandom });
  return running;
};

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "gatehouse-embedded-"));
});
afterEach(async () => {
  await running?.stop();
  running = null;
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test("data is durable and outlives a stop; the password is private and scram only", async () => {
  const first = await start();
  await query(first.url, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)");
  expect(await query(first.url, "SHOW fsync")).toEqual([{ fsync: "on" }]);
  expect(await query(first.url, "SHOW synchronous_commit")).toEqual([{ synchronous_commit: "on" }]);
  await expect(query(first.url.replace(/:[^:@]+@/, ":wrong@"), "SELECT 1")).rejects.toThrow("password");
  await first.stop();
  expect((await stat(join(dataDir, "postgres", "password"))).mode & 0o777).toBe(0o600);
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(await query(second.url, "SELECT id FROM kept")).toEqual([{ id: 7 }]);
});

test("a server that a killed process left behind is taken over", async () => {
  const first = await start();
  const second = await startEmbeddedPostgres({ dataDir, port: null, clock, random: systemRandom });
  expect(second).toMatchObject({ adopted: true, port: first.port });
  await second.stop();
  await expect(query(first.url, "SELECT 1")).rejects.toThrow();
});

test("a server that was killed itself recovers, though its pid file names a process of somebody else", async () => {
  const first = await start();
  await query(first.url, "CREATE TABLE before_kill (id int); INSERT INTO before_kill VALUES (1)");
  const pidFile = join(dataDir, "postgres", "data", "postmaster.pid");
  const kept = await readFile(pidFile, "utf8");
  const postmaster = Number(kept.split("\n")[0]);
  process.kill(postmaster, "SIGKILL");
  await first.ended;
  await sleep(clock, 500);
  await writeFile(pidFile, kept.replace(/^\d+/, String(process.pid)));
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(await query(second.url, "SELECT id FROM before_kill")).toEqual([{ id: 1 }]);
});

test("a port in use is told as such", async () => {
  const other: Server = createServer();
  const port = await new Promise<number>((done) => {
    other.listen(0, "127.0.0.1", () => done((other.address() as { port: number }).port));
  });
  await expect(start(port)).rejects.toMatchObject({ code: "postgres_port_in_use" });
  await new Promise((done) => other.close(done));
});

test("data of another major version is refused and left alone", async () => {
  const file = join(dataDir, "postgres", "data", "PG_VERSION");
  await writeFile(file, "15\n");
  await expect(start()).rejects.toMatchObject({ code: "postgres_other_version" });
  await writeFile(file, "18\n");
});
