import { cpSync, rmSync } from "node:fs";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import { KEEP_CONFIRMED_MS } from "@gatehouse/edge/store/outbox.ts";
import type { EdgeStore } from "@gatehouse/edge/store/store-port.ts";
import { tempDirectory } from "@gatehouse/edge/store/testing/temp-store.ts";
import type { EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { pick, type Random, randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, describe, expect, it } from "vitest";
import { MemoryOutbox } from "./memory-outbox.ts";

const SEEDS = 12;
const STEPS = 80;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The edge's own store, and the model of it that `npm run sim` works with; each step is done to both. */
class Pair {
  readonly #random: Random;
  readonly #clock = new ManualClock({ wall: wallMs(1_800_000_000_000) });
  readonly #directories: string[] = [];
  #store: EdgeStore;
  readonly #model: MemoryOutbox;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#store = this.#open(tempDirectory());
    this.#model = new MemoryOutbox(1, this.#store.outbox.head().wantsEpoch, this.#clock);
  }

  async step(): Promise<void> {
    const act = pick(this.#random, [
      () => this.#append(),
      () => this.#append(),
      () => this.#confirm("confirm"),
      () => this.#confirm("confirm"),
      () => this.#confirm("rewind"),
      () => this.#beginEpoch(),
      () => this.#age(),
      () => this.#agree(),
      () => this.#crash(),
    ]);
    await act();
    // The store deletes by itself as well: what can go goes at once on both sides.
    await this.#prune();
    this.#compare();
  }

  async end(): Promise<void> {
    await this.#store.close();
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true });
  }

  #open(directory: string): EdgeStore {
    this.#directories.push(directory);
    const clock = this.#clock;
    const newId = uuidv7Source(clock, this.#random);
    return openStore({ directory, clock, newId, clockQuality: () => "synced", log: quiet });
  }

  async #append(): Promise<void> {
    for (let left = randomInt(this.#random, 1, 6); left > 0; left--) {
      const detail = 'ü,"'.repeat(randomInt(this.#random, 0, 40));
      const body: EdgeEventBody = { type: "alarm.raised", code: "a", lane_id: null, detail };
      const { at, mono, boot, quality } = this.#store.stamp();
      expect(this.#model.append({ at, mono, boot, quality, body })).toBe(await this.#store.outbox.append(body));
    }
  }

  /** A position that the cloud may name: right, of another epoch, ahead, or with another hash. */
  #confirm(verb: "confirm" | "rewind"): void {
    const { epoch, lastN } = this.#store.outbox.head();
    const cursor = randomInt(this.#random, 0, lastN + (this.#random.next() < 0.1 ? 2 : 0));
    const own = this.#store.outbox.hashAt(cursor) ?? "f".repeat(64);
    const hash = this.#random.next() < 0.1 ? "e".repeat(64) : own;
    const cloud = { epoch: epoch + (this.#random.next() < 0.1 ? pick(this.#random, [-1, 1]) : 0), cursor, hash };
    expect({ verb, cloud, answer: this.#model[verb](cloud) }).toEqual({
      verb,
      cloud,
      answer: this.#store.outbox[verb](cloud),
    });
  }

  async #beginEpoch(): Promise<void> {
    const { epoch } = this.#store.outbox.head();
    const next = epoch + randomInt(this.#random, 0, 3);
    if (next === epoch) {
      expect(() => this.#store.outbox.beginEpoch(next)).toThrow(RangeError);
      expect(() => this.#model.beginEpoch(next)).toThrow(RangeError);
      return;
    }
    await this.#store.outbox.beginEpoch(next);
    this.#model.beginEpoch(next);
  }

  /** Events get old, and the cloud's last word as well, or not. */
  async #age(): Promise<void> {
    // Commits all that waits for a commit, since the store's own timers may do so at any moment of this time.
    await this.#append();
    this.#clock.advance(pick(this.#random, [10 * MINUTE_MS, HOUR_MS]));
    this.#clock.stepWall(pick(this.#random, [2 * DAY_MS, 8 * DAY_MS]));
  }

  async #prune(): Promise<void> {
    while ((await this.#store.outbox.pruneStep()) > 0);
    this.#model.prune(this.#clock.wall() - KEEP_CONFIRMED_MS);
  }

  #agree(): void {
    this.#store.outbox.epochAgreed();
    this.#model.epochAgreed();
  }

  /** The process ends without closing its store: another one finds the files as they are at this moment. */
  async #crash(): Promise<void> {
    const directory = tempDirectory();
    cpSync(this.#directories.at(-1) ?? "", directory, { recursive: true });
    rmSync(`${directory}/agent.lock`, { force: true });
    await this.#store.close();
    this.#store = this.#open(directory);
    this.#model.crash();
  }

  #compare(): void {
    const { outbox } = this.#store;
    expect(this.#model.head()).toEqual(outbox.head());
    const { lastN } = outbox.head();
    const n = randomInt(this.#random, 0, lastN + 1);
    expect(this.#model.hashAt(n)).toBe(outbox.hashAt(n));
    const from = randomInt(this.#random, 1, lastN + 1);
    const limits = { maxEvents: randomInt(this.#random, 1, 9), maxBytes: randomInt(this.#random, 1, 1_500) };
    expect(this.#model.readBatch(from, limits)).toEqual(outbox.readBatch(from, limits));
  }
}

let pair: Pair | null = null;
afterEach(() => pair?.end());

describe("the model of the outbox beside the edge's store", () => {
  for (let seed = 1; seed <= SEEDS; seed++)
    it(`Verifies: SYNC-02, SYNC-05: both answer ${STEPS} random steps alike, over deaths and epochs (seed ${seed})`, async () => {
      pair = new Pair(seed);
      for (let step = 0; step < STEPS; step++) await pair.step();
    }, 60_000);
});
