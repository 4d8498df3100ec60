import { randomUUID } from "node:crypto";
import { TestEdge, type TestIdentity } from "@gatehouse/cloud/hub/testing/test-edge.ts";
import { type Confirm, confirm as confirmContract } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { topicOf } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { encodeBatch } from "@gatehouse/shared/sync/batch.ts";
import { chainHash, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";

/** Events of one message when what was not taken is sent again. */
const AGAIN_MAX = 200;
const LOOK_MS = 50;
/** Without a confirmation for so long it sends again from where the cloud stood last. */
const SILENT_MS = 3_000;

/**
 * A device that keeps no window: it sends its next event as soon as the broker has acknowledged the one before, far beyond
 * what an edge has in flight. It keeps all that it made, and sends again what the cloud turns out to lack.
 */
export class LoadDevice {
  readonly #identity: TestIdentity;
  readonly #clock: Clock;
  readonly #boot = randomUUID();
  readonly #laneId = randomUUID();
  readonly #lines: string[] = [];
  readonly #hashes: string[] = [ZERO_HASH];
  #edge: TestEdge | null = null;
  #next = 1;
  #confirmed = 0;
  #heardAt = 0;
  acknowledged = 0;
  cut = 0;

  constructor(identity: TestIdentity, clock: Clock) {
    this.#identity = identity;
    this.#clock = clock;
  }

  get made(): number {
    return this.#lines.length;
  }

  get confirmed(): number {
    return this.#confirmed;
  }

  async connect(): Promise<void> {
    const edge = await TestEdge.connect(this.#identity);
    this.#edge = edge;
    void edge.closed.then(() => {
      if (this.#edge !== edge) return;
      this.#edge = null;
      this.cut++;
    });
    // Events before the answer could overtake the hello, and make this device look as if it had been set back.
    const answer = await edge.hello({
      v: PROTOCOL_VERSION,
      boot: this.#boot,
      last_n: this.#lines.length,
      last_hash: this.#hashes.at(-1) ?? ZERO_HASH,
      sent_mono: Math.floor(this.#clock.mono()),
    });
    this.#heard(answer);
    edge.client.on("message", (topic, payload) => {
      edge.received.length = 0;
      if (topic !== topicOf(this.#identity.address, "down/confirm")) return;
      this.#heard(confirmContract.parse(JSON.parse(payload.toString("utf8"))));
    });
  }

  /** Publishes in a closed loop until `end` (monotonic). */
  async publish(end: number): Promise<void> {
    while (this.#clock.mono() < end) {
      if (this.#next > this.#lines.length) this.#make();
      await this.#send(1);
    }
  }

  /** Sends again until all is confirmed, or until `end`. */
  async settle(end: number): Promise<void> {
    this.#next = this.#confirmed + 1;
    while (this.#confirmed < this.#lines.length && this.#clock.mono() < end) {
      if (this.#next <= this.#lines.length) await this.#send(AGAIN_MAX);
      else if (this.#clock.mono() - this.#heardAt > SILENT_MS) this.#next = this.#confirmed + 1;
      await sleep(this.#clock, LOOK_MS);
    }
  }

  async end(): Promise<void> {
    const edge = this.#edge;
    this.#edge = null;
    await edge?.end();
  }

  #make(): void {
    const n = this.#lines.length + 1;
    const at = Math.round(this.#clock.wall());
    const body = {
      type: "movement.recorded",
      movement_id: randomUUID(),
      lane_id: this.#laneId,
      direction: "entry",
      outcome: "passed",
      session_id: null,
      plate: null,
      began_at: at,
      ended_at: at,
    };
    const mono = Math.floor(this.#clock.mono());
    const line = JSON.stringify({ n, at, mono, boot: this.#boot, quality: "synced", body });
    this.#lines.push(line);
    this.#hashes.push(chainHash(this.#hashes[n - 1] ?? ZERO_HASH, line));
  }

  /** Sends up to so many events from the next one on, and waits for the broker's acknowledgement. */
  async #send(most: number): Promise<void> {
    const first = this.#next;
    const lines = this.#lines.slice(first - 1, first - 1 + most);
    const header = {
      v: PROTOCOL_VERSION,
      device_id: this.#identity.deviceId,
      epoch: this.#identity.answer.epoch,
      first,
      count: lines.length,
      previous_hash: this.#hashes[first - 1] ?? ZERO_HASH,
    };
    try {
      if (this.#edge === null) await this.connect();
      await this.#edge?.send("up/events", encodeBatch(header, lines));
      this.acknowledged++;
      if (this.#next === first) this.#next = first + lines.length;
    } catch {
      // Cut: what was on its way is sent again on the next connection.
      await sleep(this.#clock, LOOK_MS);
      this.#next = this.#confirmed + 1;
    }
  }

  #heard({ cursor, status }: Confirm): void {
    this.#heardAt = this.#clock.mono();
    this.#confirmed = Math.max(this.#confirmed, cursor);
    if (status === "gap") this.#next = cursor + 1;
    else this.#next = Math.max(this.#next, this.#confirmed + 1);
  }
}
