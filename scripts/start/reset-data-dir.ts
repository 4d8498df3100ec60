import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";

/** What an earlier start leaves behind; nothing else is ever thrown away. */
const OURS = new Set([
  "cloud",
  "lots",
  "logs",
  "setup.json",
  "operator.token",
  "world.json",
  "truth.ndjson",
  "simulated-time.json",
  "simulated-time.json.new",
]);

/** Throws `not_our_folder` when `dataDir` holds anything that no start of ours leaves behind: it is somebody else's. */
export async function demandOurFolder(dataDir: string): Promise<void> {
  const strange = (await namesIn(dataDir)).filter((name) => !OURS.has(name));
  if (strange.length === 0) return;
  const message = `${dataDir} holds files that are not Gatehouse's (${strange.slice(0, 3).join(", ")}). Nothing was touched; choose another folder with --data DIR.`;
  throw new GatehouseError("not_our_folder", message);
}

/** Throws away what an earlier start kept in `dataDir`. Throws `not_our_folder`, and touches nothing, when there is more. */
export async function resetDataDir(dataDir: string): Promise<void> {
  await demandOurFolder(dataDir);
  for (const name of await namesIn(dataDir)) await rm(join(dataDir, name), { recursive: true });
}

async function namesIn(dataDir: string): Promise<readonly string[]> {
  return readdir(dataDir).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
}
