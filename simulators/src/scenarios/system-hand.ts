import type { RunningSystem } from "../../../scripts/system/launch.ts";
import type { CutKind } from "../world/link-proxy.ts";
import { askWorld, databasePid } from "./system-view.ts";

type Part = RunningSystem["cloud"];

/** The agent of the lot at a place in the layout. */
export function agentOf({ agents }: RunningSystem, lot: number): Part {
  const agent = agents[lot];
  if (!agent) throw new RangeError(`There is no agent ${lot}.`);
  return agent;
}

/** Kills a part with SIGKILL and starts it again. */
export async function restartHard(part: Part): Promise<void> {
  await part.killHard();
  await part.start();
}

/** Kills the cloud and its database. The postmaster is a child of the cloud's that outlives it, so it is killed by itself. */
export async function killCloud(system: RunningSystem): Promise<void> {
  const postmaster = databasePid(system);
  await system.cloud.killHard();
  process.kill(postmaster, "SIGKILL");
}

/** Cuts a lot's link, or puts it back. A cut one refuses connections, is silent, or loses the answers. */
export async function setLink(
  system: RunningSystem,
  lot: number,
  link: { readonly link: "up" | "cut"; readonly kind: CutKind },
): Promise<void> {
  await askWorld(system, "POST", `/links/${system.demo.lots[lot]?.site.lot_id}`, link);
}
