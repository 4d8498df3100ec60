import type { ReplicaAnswer } from "@gatehouse/edge/store/replica-port.ts";
import type { EdgeStore } from "@gatehouse/edge/store/store-port.ts";
import type { Identity } from "@gatehouse/edge/uplink/identity.ts";
import type { Uplink } from "@gatehouse/edge/uplink/uplink.ts";
import { BenchEdge } from "../edges/bench-edge.ts";

/** The real store and uplink of an edge, which tells when a version has come into force. */
export class ReplicaEdge {
  readonly store: EdgeStore;
  readonly #edge: BenchEdge;
  readonly #uplink: Uplink;

  constructor(identity: Identity, onInForce: (version: number) => void) {
    this.#edge = new BenchEdge(identity);
    this.store = this.#edge.store;
    const { replica } = this.store;
    const told = async (work: Promise<ReplicaAnswer>): Promise<ReplicaAnswer> => {
      const answer = await work;
      if (answer.kind === "applied") onInForce(answer.version);
      return answer;
    };
    this.#uplink = this.#edge.newUplink({
      status: replica.status,
      confirmCurrent: replica.confirmCurrent,
      applyDelta: (delta, ageMs) => told(replica.applyDelta(delta, ageMs)),
      applySnapshotPart: (part, ageMs) => told(replica.applySnapshotPart(part, ageMs)),
    });
  }

  link(): Promise<void> {
    return this.#uplink.run();
  }

  async close(): Promise<void> {
    await this.#uplink.stop();
    await this.#edge.close();
  }
}
