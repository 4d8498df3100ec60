import { execFile } from "node:child_process";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import type { RunningSystem } from "../../../scripts/system/launch.ts";
import { killCloud } from "../scenarios/system-hand.ts";

/**
 * Copies the cloud's database while nothing runs on it, lets the cloud go on for `forMs`, machine ms, and then puts the copy
 * in its place: all that the edges told in between has to come again (SYNC-06).
 */
export async function setCloudBack(system: RunningSystem, forMs: number, clock: Clock): Promise<void> {
  const data = join(system.layout.cloudDir, "postgres", "data");
  const copy = `${data}.copy`;
  await killCloud(system);
  // Node's own copy would give root's run another owner than Postgres wants.
  await promisify(execFile)("cp", ["-a", data, copy]);
  await system.cloud.start();
  await sleep(clock, forMs);
  await killCloud(system);
  rmSync(data, { recursive: true });
  renameSync(copy, data);
  await system.cloud.start();
}
