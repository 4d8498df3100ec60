import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createMosquitto } from "@gatehouse/cloud/hub/testing/mosquitto.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { SystemLayout } from "../../../scripts/system/layout.ts";

/** How often the lists that the hub writes are looked at, as the service of firmware-configs/broker does at each change. */
const LOOK_EVERY_MS = 250;

/** Mosquitto, over the lists of a running system's hub. */
export interface OwnBroker {
  start(): Promise<void>;
  killHard(): Promise<void>;
  stop(): Promise<void>;
}

/** Mosquitto with the configuration that we ship, where the hub's own broker would be. Its lists must be there at start. */
export function createOwnBroker({ cloudDir, dataDir, ports }: SystemLayout, clock: Clock): OwnBroker {
  const folder = join(cloudDir, "hub", "broker");
  const scratch = join(dataDir, "mosquitto");
  mkdirSync(scratch, { recursive: true });
  const mosquitto = createMosquitto({ port: ports.mqtt, folder, scratch });
  let timer: Timer | null = null;
  let read = "";
  const look = (): void => {
    const now = listsOf(folder);
    if (now === read) return;
    read = now;
    // One that dies meanwhile reads them when it starts again.
    mosquitto.reload().catch(() => undefined);
  };
  const kill = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    timer?.cancel();
    await mosquitto.kill(signal);
  };
  return {
    start: async () => {
      read = listsOf(folder);
      await mosquitto.start();
      timer = clock.every(LOOK_EVERY_MS, look);
    },
    killHard: () => kill("SIGKILL"),
    stop: () => kill("SIGTERM"),
  };
}

function listsOf(folder: string): string {
  return ["acl", "revoked.crl"].map((name) => statSync(join(folder, name)).mtimeMs).join(" ");
}
