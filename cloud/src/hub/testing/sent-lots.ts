import { randomUUID } from "node:crypto";
import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import type { SampleOperator } from "../../db/testing/sample-data.ts";
import { EventScript } from "./event-script.ts";
import type { HubRig } from "./hub-rig.ts";
import { TestEdge, type TestIdentity } from "./test-edge.ts";

/** A lot, its enrolled edge, and all that this has told. */
export interface SentLot {
  readonly sample: SampleOperator;
  readonly identity: TestIdentity;
  readonly script: EventScript;
  readonly edge: TestEdge;
  readonly boot: string;
}

/** Lots of a rig whose edges have sent something, and what the cloud holds of them; each lot has a seed of its own. */
export class SentLots {
  readonly #rig: () => HubRig;
  readonly #edges: TestEdge[] = [];
  #seed: number;

  constructor(rig: () => HubRig, seed: number) {
    this.#rig = rig;
    this.#seed = seed;
  }

  /** A lot whose edge has sent a paid stay and a vehicle that is inside, and is connected. */
  async add(): Promise<SentLot> {
    const sample = await this.#rig().addOperator(this.#seed++);
    const identity = await this.#rig().enrol(sample);
    const script = new EventScript({ ...sample, deviceId: identity.deviceId, epoch: 1, seed: this.#seed });
    const stay = script.enter("AB123");
    script.pay(stay, 400);
    script.leave(stay, "AB123", 400);
    script.enter("AB123");
    const boot = randomUUID();
    const edge = await this.connect(identity);
    await edge.hello({ v: PROTOCOL_VERSION, boot });
    await edge.send("up/events", script.bytes(1, script.lastN));
    await edge.confirm(({ cursor }) => cursor === script.lastN);
    return { sample, identity, script, edge, boot };
  }

  async connect(identity: TestIdentity): Promise<TestEdge> {
    const edge = await TestEdge.connect(identity);
    this.#edges.push(edge);
    return edge;
  }

  /** Ends all connections. */
  async end(): Promise<void> {
    await Promise.all(this.#edges.splice(0).map((edge) => edge.end()));
  }

  async query(sql: string, values: unknown[]) {
    return (await this.#rig().database.pool.query(sql, values)).rows;
  }

  alarmsOf({ lotId }: SampleOperator) {
    return this.query("SELECT code FROM alarms WHERE lot_id = $1 ORDER BY code", [lotId]);
  }

  moneyOf({ lotId }: SampleOperator) {
    return this.query(
      "SELECT id, status, paid_minor, exit_time FROM parking_sessions WHERE parking_lot_id = $1 ORDER BY id",
      [lotId],
    );
  }

  busOf({ lotId }: SampleOperator) {
    return this.query("SELECT count(*)::int AS n FROM event_outbox WHERE lot_id = $1", [lotId]);
  }
}

/** Where an edge says that it stands which has written the script up to number `n`. */
export function standingAt(script: EventScript, n: number, epoch = 1): Partial<Hello> {
  return { v: PROTOCOL_VERSION, epoch, last_n: n, last_hash: script.hashes[n] ?? ZERO_HASH };
}
