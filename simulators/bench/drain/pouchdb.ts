import { fork, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { startCountingProxy } from "./counting-proxy.ts";

// The peer isn't a dependency of the project: it is fetched when this bench runs, into a folder that git ignores.
const PACKAGES = ["pouchdb@9.0.0", "express-pouchdb@4.2.0", "express@4.21.2"];
const FETCH_WITHIN_MS = 3 * MINUTE_MS;

export interface PeerDrain {
  readonly ms: number;
  readonly bytes: number;
  /** Of both ends, ms. */
  readonly cpuMs: number;
}

/** What one end of the peer says once it has nothing more to do. */
export type PeerSaid = { readonly port: number } | { readonly ms: number; readonly cpuMs: number };

/** Fetches PouchDB and its server with npm into `folder`; false, with the reason told, where that can't be done. */
export async function fetchPouchDb(folder: string, tell: (text: string) => void): Promise<boolean> {
  if (existsSync(join(folder, "node_modules", "express-pouchdb"))) return true;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  tell("fetching PouchDB and express-pouchdb with npm");
  const npm = spawn("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...PACKAGES], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: FETCH_WITHIN_MS,
  });
  const code = await new Promise<number | null>((resolve) => npm.once("error", () => resolve(1)).once("exit", resolve));
  if (code !== 0) tell("PouchDB could not be fetched, so the comparison with it is left out");
  return code === 0;
}

/** A backlog of `documents` replicates from PouchDB to express-pouchdb over HTTP, each with LevelDB and its defaults. */
export async function drainPouchDb(folder: string, documents: number): Promise<PeerDrain> {
  const server = startEnd("server", [folder]);
  const opened = await server.said;
  if (!("port" in opened)) throw new Error("The peer's server told no port.");
  const proxy = await startCountingProxy(opened.port);
  const client = startEnd("client", [folder, String(proxy.port), String(documents)]);
  const drained = await client.said;
  server.process.send("end");
  const used = await server.last;
  await proxy.close();
  if (!("ms" in drained && "ms" in used)) throw new Error("The peer's ends told no times.");
  return { ms: drained.ms, bytes: proxy.bytes(), cpuMs: drained.cpuMs + used.cpuMs };
}

function startEnd(end: "server" | "client", args: readonly string[]) {
  const child = fork(join(import.meta.dirname, "pouchdb-end.ts"), [end, ...args], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const next = (count: number): Promise<PeerSaid> =>
    new Promise((resolve, reject) => {
      let heard = 0;
      child.on("message", (said: PeerSaid) => {
        heard += 1;
        if (heard === count) resolve(said);
      });
      child.once("exit", (code) => reject(new Error(`The peer's ${end} ended (${code}); see its words above.`)));
    });
  const said = next(1);
  const last = end === "server" ? next(2) : said;
  last.catch(() => undefined);
  return { process: child, said, last };
}
