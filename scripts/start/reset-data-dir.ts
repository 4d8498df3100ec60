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

/**
 * Throws away what an earlier start kept in `dataDir`.
 * Throws `not_our_folder`, and touches nothing, when the folder holds anything else.
 */
export async function resetDataDir(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  const strange = names.filter((name) => !OURS.has(name));
  if (strange.length > 0) {
    const message = `${dataDir} holds files that are not Gatehouse's (${strange.slice(0, 3).join(", ")}). Nothing was thrown away; choose another folder with --data DIR.`;
    throw new GatehouseError("not_our_folder", message);
  }
  for (const name of names) await rm(join(dataDir, name), { recursive: true });
}
