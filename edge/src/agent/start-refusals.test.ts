import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "main.ts");
/** Whole agents start here, which takes seconds on a machine that is busy with other work. */
const TIMEOUT_MS = 120_000;
const EXAMPLE = join(import.meta.dirname, "..", "..", "..", "firmware-configs", "sites", "example.yaml");

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "gatehouse-start-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly words: string;
}

function spawnAgent(dataDir: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const own = { GATEHOUSE_SITE: EXAMPLE, GATEHOUSE_DATA_DIR: dataDir, GATEHOUSE_HTTP_PORT: "0" };
  return spawn(process.execPath, [MAIN], { env: { ...process.env, ...own, ...env } });
}

/** Runs an agent that should refuse to start; its exit code and what it said on standard error. */
function refusal(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const agent = spawnAgent(dataDir, env);
  let words = "";
  agent.stderr?.on("data", (chunk: Buffer) => {
    words += chunk.toString();
  });
  return new Promise((resolve) => agent.once("close", (code) => resolve({ code, words })));
}

function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ server, port: typeof address === "object" && address ? address.port : 0 });
    }),
  );
}

describe("an agent that can't start says why in words and leaves nothing behind", { timeout: TIMEOUT_MS }, () => {
  it("a second one on the same data directory", async () => {
    const dataDir = join(root, "shared");
    const first = spawnAgent(dataDir);
    await new Promise((resolve) => first.stdout?.once("data", resolve));
    const sockets = { GATEHOUSE_SOCKET: join(root, "b.sock"), GATEHOUSE_IO_SOCKET: join(root, "b.io.sock") };
    const { code, words } = await refusal(dataDir, sockets);
    expect([code, words]).toEqual([1, expect.stringContaining(`store (process ${first.pid}): stop it first.`)]);
    expect(existsSync(join(root, "b.sock"))).toBe(false);
    const ended = new Promise((resolve) => first.once("close", resolve));
    first.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("a port that another program has: it names port and remedy, and lets go of store and sockets", async () => {
    const { server, port } = await listening();
    const dataDir = join(root, "port");
    const { code, words } = await refusal(dataDir, { GATEHOUSE_HTTP_PORT: String(port) });
    server.close();
    expect(code).toBe(1);
    expect(words).toContain(
      `Port ${port} on 127.0.0.1 is taken by another program. Stop it, or set GATEHOUSE_HTTP_PORT`,
    );
    expect([existsSync(join(dataDir, "gate.sock")), existsSync(join(dataDir, "io.sock"))]).toEqual([false, false]);
  });

  it("an address that is not this computer's", async () => {
    const { code, words } = await refusal(join(root, "host"), { GATEHOUSE_HTTP_HOST: "203.0.113.7" });
    expect([code, words]).toEqual([1, expect.stringContaining("203.0.113.7 is no address of this computer")]);
  });

  it("a store that is damaged: it is left as it was", async () => {
    const dataDir = join(root, "damaged");
    mkdirSync(dataDir);
    const bytes = Buffer.alloc(20_000, 7);
    writeFileSync(join(dataDir, "gatehouse.db"), bytes);
    const { code, words } = await refusal(dataDir);
    expect([code, words]).toEqual([
      1,
      expect.stringContaining("store is damaged (SQLITE_NOTADB). Nothing was changed."),
    ]);
    expect(words).toContain(`The store is in ${dataDir}.`);
    expect(readFileSync(join(dataDir, "gatehouse.db")).equals(bytes)).toBe(true);
  });

  it("a data directory that is a file, and a site file that is not there", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(await refusal(file)).toMatchObject({ code: 1, words: expect.stringContaining("Set GATEHOUSE_DATA_DIR") });
    const site = join(root, "none.yaml");
    const without = await refusal(join(root, "no-site"), { GATEHOUSE_SITE: site });
    expect(without).toMatchObject({ code: 1, words: expect.stringContaining(`${site}: can't be read`) });
    expect(existsSync(join(root, "no-site"))).toBe(false);
  });
});
