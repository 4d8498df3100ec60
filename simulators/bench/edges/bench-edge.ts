import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import type { EdgeStore } from "@gatehouse/edge/store/store-port.ts";
import { openHubSession } from "@gatehouse/edge/uplink/hub-session.ts";
import type { Identity } from "@gatehouse/edge/uplink/identity.ts";
import type { ReplicaSink } from "@gatehouse/edge/uplink/ports.ts";
import { createUplink, type Uplink } from "@gatehouse/edge/uplink/uplink.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { noLanes } from "./no-lanes.ts";

const quiet = (): void => undefined;

export const clock = systemClock();
export const newId = uuidv7Source(clock, systemRandom);
export const log = { info: quiet, warn: quiet, error: (data: object, text: string) => console.error(text, data) };

/** An edge's real store in a folder of its own, and its real uplink when it is wanted; it has no lanes. */
export class BenchEdge {
  readonly store: EdgeStore;
  readonly #identity: Identity;
  readonly #directory = mkdtempSync(join(tmpdir(), "gatehouse-bench-edge-"));

  constructor(identity: Identity) {
    this.#identity = identity;
    this.store = openStore({ directory: this.#directory, clock, newId, clockQuality: () => "synced", log });
  }

  /** A new uplink, not running yet; `replica` is told of the lot's data in place of the store alone. */
  newUplink(replica: ReplicaSink = this.store.replica): Uplink {
    const { outbox, commands, queries, boot } = this.store;
    return createUplink({
      identity: this.#identity,
      openSession: openHubSession,
      ...{ outbox, commands, queries, boot, replica, clock, log, lanes: noLanes, random: systemRandom },
      agentVersion: "bench",
      onLinkState: quiet,
    });
  }

  /** Closes the store and removes its folder; the uplink is to be stopped before. */
  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
