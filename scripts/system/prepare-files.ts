import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { type WorldConfig, worldConfig } from "@gatehouse/simulators/world/config.ts";
import type { DemoSystem } from "@gatehouse/simulators/world/demo.ts";
import { stringify } from "yaml";
import { z } from "zod";
import { loopbackUrl, type SystemLayout } from "./layout.ts";

export interface WorldChoices {
  readonly seed: number;
  readonly traffic: number;
  readonly pace: number;
  readonly faults: boolean;
  /** Stop after so many vehicles a lot; null: never. */
  readonly maxArrivals: number | null;
}

const keptWorld = z.object({ seed: z.number() });

/** Throws `other_seed` when the kept data was made with another seed: its lots, lanes and plates are others. */
export async function demandSameSeed({ worldFile, dataDir }: SystemLayout, seed: number): Promise<void> {
  const kept = await readFile(worldFile, "utf8").catch(() => null);
  if (kept === null) return;
  const found = keptWorld.parse(JSON.parse(kept)).seed;
  if (found === seed) return;
  const message = `The data in ${dataDir} was made with --seed ${found}, so --seed ${seed} doesn't fit it.\nUse --seed ${found}, choose another folder with --data DIR, or throw the data away with --reset.`;
  throw new GatehouseError("other_seed", message);
}

/** Lots that an earlier start with more of them has left here; the cloud still has them. */
export async function otherLots({ dataDir, lots }: SystemLayout): Promise<readonly string[]> {
  const entries = await readdir(join(dataDir, "lots"), { withFileTypes: true });
  return entries
    .filter((one) => one.isDirectory() && !lots.some(({ code }) => code === one.name))
    .map(({ name }) => name);
}

/** Writes what the processes are given: set-up data, site files, the world's config, the operator's token (kept if there). */
export async function prepareFiles(
  layout: SystemLayout,
  demo: DemoSystem,
  choices: WorldChoices,
): Promise<{ token: string }> {
  for (const directory of [
    layout.dataDir,
    layout.logDir,
    layout.cloudDir,
    layout.socketDir,
    ...layout.lots.map(({ dataDir }) => dataDir),
  ]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  // Fails when another user made it in the shared temporary folder, so no sockets of ours lie in a stranger's hands.
  await chmod(layout.socketDir, 0o700);
  const token = await readOrMakeToken(layout.tokenFile);
  const tokens = [{ token, name: "operator of the demo", role: "operator_admin", lot_ids: null }];
  await writePrivate(layout.setupFile, JSON.stringify({ ...demo.setup, tokens }));
  await writePrivate(layout.worldFile, JSON.stringify(worldOf(layout, demo, choices)));
  for (const [index, { siteFile }] of layout.lots.entries())
    await writePrivate(siteFile, stringify(demo.lots[index]?.site));
  return { token };
}

function worldOf(layout: SystemLayout, demo: DemoSystem, choices: WorldChoices): WorldConfig {
  return worldConfig.parse({
    seed: choices.seed,
    traffic: choices.traffic,
    pace: choices.pace,
    faults: choices.faults,
    control_port: layout.ports.world,
    truth_file: layout.truthFile,
    lots: layout.lots.map(({ ioSocket, gateSocket, httpPort, linkPort }, index) => ({
      ...demo.lots[index],
      max_arrivals: choices.maxArrivals,
      io_socket: ioSocket,
      gate_socket: gateSocket,
      agent_url: loopbackUrl("http", httpPort),
      proxies: [{ listen_port: linkPort, upstream_port: layout.ports.mqtt }],
    })),
  });
}

async function readOrMakeToken(file: string): Promise<string> {
  const kept = await readFile(file, "utf8").catch(() => null);
  if (kept !== null) return kept.trim();
  const token = `ght_${randomBytes(16).toString("hex")}.${randomBytes(32).toString("base64url")}`;
  await writePrivate(file, token);
  return token;
}

async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600);
}
