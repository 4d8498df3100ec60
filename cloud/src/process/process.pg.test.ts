import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../scripts/testing/test-database.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
let database: TestDatabase;
let folder: string;
let child: ChildProcess | null = null;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), "gatehouse-process-"));
});
afterEach(() => void child?.kill("SIGKILL"));
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts the process; resolves with its first line, or with its words and code when it ends before that. */
async function start(environment: Readonly<Record<string, string>>) {
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    GATEHOUSE_DATA_DIR: folder,
    ROLES: "api,worker",
    GATEHOUSE_API_PORT: "0",
    ...environment,
  };
  const started = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
  child = started;
  let words = "";
  started.stderr.on("data", (data: Buffer) => {
    words += data.toString();
  });
  const ready = new Promise<Record<string, unknown>>((resolve) => {
    createInterface({ input: started.stdout }).once("line", (line) => resolve(JSON.parse(line)));
  });
  const ended = once(started, "exit").then(([code]) => ({ code, words }));
  return { started, ended, first: await Promise.race([ready, ended]) };
}

test("it says when it is ready, answers, and ends in order on SIGTERM", async () => {
  const { started, ended, first } = await start({});
  expect(first).toMatchObject({
    ready: true,
    api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    roles: ["api", "worker"],
  });
  if (!("api" in first)) throw new Error("no address");
  expect((await fetch(`${first.api}/readyz`)).status).toBe(200);
  started.kill("SIGTERM");
  expect(await ended).toMatchObject({ code: 0 });
}, 60_000);

test("a port in use, a database that is not there and a wrong setting are told in one sentence", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const cases = [
    [{ GATEHOUSE_API_PORT: String(port) }, `Port ${port} for the API is taken`],
    [{ DATABASE_URL: "postgres://nobody:x@127.0.0.1:1/none" }, "The database can't be reached (ECONNREFUSED)"],
    [{ ROLES: "api,cook" }, "ROLES.1"],
  ] as const;
  for (const [environment, words] of cases) {
    const { first } = await start(environment);
    expect(first).toMatchObject({ code: 1, words: expect.stringContaining(words) });
    expect(JSON.stringify(first)).not.toContain("    at ");
  }
  taken.close();
}, 120_000);
