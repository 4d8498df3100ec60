import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { scaleWall, type WallRate } from "@gatehouse/shared/kit/system-clock.ts";

const FILE = "simulated-time.json";

/**
 * The wall clock of a simulated system: goes on where the last run left it, so that time never goes back for kept data,
 * and starts at the machine's time the first time.
 */
export async function resumeWall(dataDir: string, rate: number, machine: Clock): Promise<WallRate> {
  const now = machine.wall();
  const last = await readFile(join(dataDir, FILE), "utf8").then(
    (text) => (JSON.parse(text) as { wall_ms: number }).wall_ms,
    () => 0,
  );
  return { anchorMachineMs: now, anchorWallMs: Math.max(now, last), rate };
}

/**
 * Remembers how far the simulated time will have come `aheadMs` (machine's time) from now: a run that is killed before it
 * can say so again has not been further.
 */
export async function keepWall(dataDir: string, wallRate: WallRate, machine: Clock, aheadMs: number): Promise<void> {
  const at: WallMs = scaleWall(wallMs(machine.wall() + aheadMs), wallRate);
  const path = join(dataDir, FILE);
  await writeFile(`${path}.new`, JSON.stringify({ wall_ms: at }));
  await rename(`${path}.new`, path);
}

/** For `GATEHOUSE_SIM_WALL`. */
export function wallRateText({ anchorMachineMs, anchorWallMs, rate }: WallRate): string {
  return [anchorMachineMs, anchorWallMs, rate].join(",");
}
