import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaneControl } from "@gatehouse/edge/lane/lane-control.ts";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import type { ReplicaAnswer } from "@gatehouse/edge/store/replica-port.ts";
import type { EdgeStore } from "@gatehouse/edge/store/store-port.ts";
import { openHubSession } from "@gatehouse/edge/uplink/hub-session.ts";
import type { Identity } from "@gatehouse/edge/uplink/identity.ts";
import { createUplink, type Uplink } from "@gatehouse/edge/uplink/uplink.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";

const clock = systemClock();
const newId = uuidv7Source(clock, systemRandom);
const quiet = (): void => undefined;
const log = { info: quiet, warn: quiet, error: (data: object, text: string) => console.error(text, data) };
const noLanes: LaneControl = {
  offer: () => "lane_not_ready",
  command: () => Promise.resolve({ ok: false, refusal: "unknown_lane", message: "This edge has no lanes." }),
  snapshot: () => [],
  onChange: () => quiet,
};

/** The real store and uplink of an edge, which tells when a version has come into force. */
export class ReplicaEdge {
  readonly store: EdgeStore;
  readonly #directory = mkdtempSync(join(tmpdir(), "gatehouse-bench-replica-"));
  readonly #uplink: Uplink;

  constructor(identity: Identity, onInForce: (version: number) => void) {
    this.store = openStore({ directory: this.#directory, clock, newId, clockQuality: () => "synced", log });
    const { replica, outbox, commands, queries, boot } = this.store;
    const told = async (work: Promise<ReplicaAnswer>): Promise<ReplicaAnswer> => {
      const answer = await work;
      if (answer.kind === "applied") onInForce(answer.version);
      return answer;
    };
    this.#uplink = createUplink({
      identity,
      openSession: openHubSession,
      replica: {
        status: replica.status,
        confirmCurrent: replica.confirmCurrent,
        applyDelta: (delta, ageMs) => told(replica.applyDelta(delta, ageMs)),
        applySnapshotPart: (part, ageMs) => told(replica.applySnapshotPart(part, ageMs)),
      },
      ...{ outbox, commands, queries, boot, clock, log, lanes: noLanes, random: systemRandom },
      agentVersion: "bench",
      onLinkState: quiet,
    });
  }

  link(): Promise<void> {
    return this.#uplink.run();
  }

  async close(): Promise<void> {
    await this.#uplink.stop();
    await this.store.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
