import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { EventScript } from "@gatehouse/cloud/hub/testing/event-script.ts";
import type { PeerSaid } from "./pouchdb.ts";

// One end of the peer in a process of its own: `server FOLDER`, or `client FOLDER PORT DOCUMENTS`.

interface PouchDatabase {
  bulkDocs(documents: readonly object[]): Promise<unknown>;
  readonly replicate: { to(other: PouchDatabase): Promise<{ readonly docs_written: number }> };
}
interface PouchConstructor {
  new (name: string): PouchDatabase;
  defaults(options: { readonly prefix: string }): PouchConstructor;
}
interface WebApp {
  use(handler: unknown): void;
  listen(port: number, host: string, ready: () => void): Server;
}
type Middleware = (database: PouchConstructor, options: object) => unknown;

const DOCUMENTS_A_WRITE = 500;
/** An id that is used nowhere: all that matters is how long it is. */
const ID = "0190f3a1-0000-7000-8000-000000000001";

const [end, folder = "", port = "", documents = ""] = process.argv.slice(2);
const fetched = createRequire(join(folder, "package.json"));
const PouchDB: PouchConstructor = fetched("pouchdb");
const data = mkdtempSync(join(tmpdir(), "gatehouse-bench-pouchdb-"));
process.once("exit", () => rmSync(data, { recursive: true, force: true }));
process.once("disconnect", () => process.exit(0));

if (end === "server") serve();
else await replicate();

function say(said: PeerSaid, then: () => void = () => undefined): void {
  process.send?.(said, then);
}

function serve(): void {
  const newApp: () => WebApp = fetched("express");
  const middleware: Middleware = fetched("express-pouchdb");
  const app = newApp();
  const options = { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: join(data, "log.txt") };
  app.use(middleware(PouchDB.defaults({ prefix: `${data}${sep}` }), options));
  const before = process.cpuUsage();
  const server = app.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (typeof address === "object" && address) say({ port: address.port });
  });
  process.once("message", () => say({ ms: 0, cpuMs: cpuSince(before) }, () => process.exit(0)));
}

async function replicate(): Promise<void> {
  const local = new PouchDB(join(data, "backlog"));
  const script = new EventScript({ deviceId: ID, epoch: 1, entryLane: ID, exitLane: ID, seed: 1 });
  while (script.lastN < Number(documents)) script.leave(script.enter("B1234"), "B1234", 400);
  const rows = script.lines.slice(0, Number(documents)).map((line, at) => ({ _id: `e${at}`, ...JSON.parse(line) }));
  for (let from = 0; from < rows.length; from += DOCUMENTS_A_WRITE)
    await local.bulkDocs(rows.slice(from, from + DOCUMENTS_A_WRITE));
  const before = process.cpuUsage();
  const began = performance.now();
  const { docs_written: written } = await local.replicate.to(new PouchDB(`http://127.0.0.1:${port}/lot`));
  if (written !== rows.length) throw new Error(`PouchDB wrote ${written} of ${rows.length} documents.`);
  say({ ms: performance.now() - began, cpuMs: cpuSince(before) }, () => process.exit(0));
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
