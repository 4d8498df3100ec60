import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { databasePath } from "@gatehouse/edge/store/open-database.ts";
import type { RunningSystem } from "../../../scripts/system/launch.ts";
import { type CloudReading, readCloud } from "./read-cloud.ts";
import { type EdgeLogEnd, readEdgeLogEnd } from "./read-edge.ts";

/** Asks the simulated world. Rejects with its words when it refuses. */
export async function askWorld(
  { worldUrl }: RunningSystem,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${worldUrl}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok)
    throw new Error(`The world answered ${response.status} to ${method} ${path}: ${await response.text()}`);
  return response.json();
}

/** The process of the cloud's own database, from its pid file. Throws when it never ran. */
export function databasePid({ layout }: RunningSystem): number {
  const [pid] = readFileSync(join(layout.cloudDir, "postgres", "data", "postmaster.pid"), "utf8").split("\n");
  return Number(pid);
}

function databaseUrl({ layout: { cloudDir, ports } }: RunningSystem): string {
  const password = readFileSync(join(cloudDir, "postgres", "password"), "utf8").trim();
  return `postgres://gatehouse:${password}@127.0.0.1:${ports.postgres}/gatehouse`;
}

/** True when no vehicle is around in any lot, else how many are in each. */
export async function isEveryoneGone(system: RunningSystem): Promise<true | string> {
  const counts = (await askWorld(system, "GET", "/counts")) as readonly { readonly around: number }[];
  const around = counts.map((lot) => lot.around);
  return around.every((one) => one === 0) || `still there: ${around.join(" and ")} vehicles`;
}

/** Where every edge's own log ends, for people to read and to compare. */
export function edgeLogEnds({ layout }: RunningSystem): string {
  return layout.lots.map(({ dataDir }) => textOf(readEdgeLogEnd(dataDir))).join(", ");
}

/** True when every edge's log ends in the cloud where it ends at the edge, by number and hash; else both ends. */
export function isInStep(system: RunningSystem, { streams }: CloudReading): true | string {
  const wanted = edgeLogEnds(system);
  const ends = system.demo.lots.map(({ site }) => {
    const stream = streams.find((one) => one.lot_id === site.lot_id);
    return stream ? textOf({ epoch: stream.epoch, n: stream.cursor, hash: stream.hash }) : "nothing";
  });
  const here = ends.join(", ");
  return here === wanted || `edges are at ${wanted}, the cloud at ${here}`;
}

/** True when no movement is open in the cloud any more. */
export function isEveryMovementOver({ movements }: CloudReading): true | string {
  const open = movements.filter(({ outcome }) => outcome === null).length;
  return open === 0 || `${open} movements are still open`;
}

/** What the cloud's database holds now. */
export function cloudOf(system: RunningSystem): Promise<CloudReading> {
  return readCloud(databaseUrl(system));
}

/** What SQLite says of each edge's database that is not "ok". */
export function brokenEdgeStores({ layout }: RunningSystem): string[] {
  return layout.lots.flatMap(({ dataDir, code }) => {
    const database = new DatabaseSync(databasePath(dataDir), { readOnly: true });
    try {
      const said = database
        .prepare("PRAGMA integrity_check")
        .all()
        .map((row) => String(Object.values(row)[0]));
      return said.filter((line) => line !== "ok").map((line) => `The database of lot ${code}: ${line}`);
    } finally {
      database.close();
    }
  });
}

/** Events in the edges' logs since they began. */
export function eventCount({ layout }: RunningSystem): number {
  return layout.lots.reduce((sum, { dataDir }) => sum + readEdgeLogEnd(dataDir).n, 0);
}

function textOf({ epoch, n, hash }: EdgeLogEnd): string {
  return `${epoch}/${n} ${hash.slice(0, 12)}`;
}
