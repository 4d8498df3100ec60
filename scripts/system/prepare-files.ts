import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { type WorldConfig, worldConfig } from "@gatehouse/simulators/world/config.ts";
import type { DemoSystem } from "@gatehouse/simulators/world/demo.ts";
import { stringify } from "yaml";
import { loopbackUrl, type SystemLayout } from "./layout.ts";

export interface WorldChoices {
  readonly seed: number;
  readonly traffic: number;
  readonly pace: number;
  readonly faults: boolean;
  /** Stop after so many vehicles a lot; null: never. */
  readonly maxArrivals: number | null;
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
    lots: layout.lots.map(({ ioSocket, httpPort, linkPort }, index) => ({
      ...demo.lots[index],
      max_arrivals: choices.maxArrivals,
      io_socket: ioSocket,
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
