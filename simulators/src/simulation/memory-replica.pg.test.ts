import { createPostgresLedger } from "@gatehouse/cloud/hub/postgres-ledger.ts";
import { type HubRig, startHubRig } from "@gatehouse/cloud/hub/testing/hub-rig.ts";
import { recordReplicaChanges } from "@gatehouse/cloud/services/replica/record-change.ts";
import type { HeldReplica } from "@gatehouse/cloud/services/replica/update-messages.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { pick, type Random, randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MemoryReplica } from "./memory-replica.ts";
import { drawEdits, firstEdits } from "./replica-traffic.ts";

const SEEDS = 4;
const STEPS = 40;

let rig: HubRig;
beforeAll(async () => {
  rig = await startHubRig();
}, 120_000);
afterAll(() => rig?.close());

/** A lot's replica in Postgres, and the model of it that `npm run sim` works with; each step is done to both. */
class Pair {
  readonly #random: Random;
  readonly #lotId: string;
  readonly #laneId: string;
  readonly #model = new MemoryReplica();
  /** Versions that an edge may have: as they were, and some that nobody had. */
  readonly #held: HeldReplica[] = [{ version: 0, checksum: EMPTY_CHECKSUM }];
  /** Kinds of messages that were compared. */
  readonly compared = new Map<string, number>();

  constructor(seed: number, lotId: string) {
    this.#random = seededRandom(seed);
    this.#lotId = lotId;
    this.#laneId = formatUuid(this.#random.bytes(16));
  }

  async begin(): Promise<void> {
    // A sample lot has a replica already: the model starts from nothing, as this one then does.
    const tables = ["replica_changes", "replica_items", "replica_heads"];
    for (const table of tables) await rig.database.pool.query(`DELETE FROM ${table} WHERE lot_id = $1`, [this.#lotId]);
    await this.ask();
    await this.#record(firstEdits(this.#lotId, this.#laneId));
  }

  async step(): Promise<void> {
    await pick(this.#random, [() => this.#change(), () => this.#change(), () => this.ask(), () => this.#compact()])();
    await this.ask();
  }

  async ask(): Promise<void> {
    const known = pick(this.#random, this.#held);
    const checksum = this.#random.next() < 0.2 ? "1".repeat(64) : known.checksum;
    const version = this.#random.next() < 0.1 ? known.version + 1_000 : known.version;
    const want = this.#random.next() < 0.7 ? "deltas" : "snapshot";
    const question = { lotId: this.#lotId, have: { version, checksum }, want } as const;
    const log = pino({ level: "silent" });
    const clock = systemClock();
    const ledger = createPostgresLedger({ ...rig.context, pool: rig.database.pool, clock, realClock: clock, log });
    const real = await ledger.readReplica(question);
    expect(this.#model.read(question)).toEqual(real);
    const kind = real.messages[0]?.kind ?? "none";
    this.compared.set(kind, (this.compared.get(kind) ?? 0) + 1);
  }

  #change(): Promise<void> {
    const { version } = this.#model.head();
    const draw = { lotId: this.#lotId, laneId: this.#laneId, version };
    // Now and then edits that change nothing.
    return this.#record(this.#random.next() < 0.1 ? [] : drawEdits(this.#random, draw));
  }

  async #record(edits: Parameters<MemoryReplica["record"]>[0]): Promise<void> {
    const { version } = await rig.database.db.transaction((tx) => recordReplicaChanges(tx, this.#lotId, edits));
    const before = this.#model.head().version;
    expect(this.#model.record(edits)).toBe(version > before);
    const { version: head, checksum } = this.#model.head();
    expect(head).toBe(version);
    this.#held.push({ version, checksum });
  }

  async #compact(): Promise<void> {
    const kept = randomInt(this.#random, 0, 10);
    this.#model.compact(kept);
    await rig.database.pool.query("DELETE FROM replica_changes WHERE lot_id = $1 AND version <= $2", [
      this.#lotId,
      this.#model.head().version - kept,
    ]);
  }
}

it("Verifies: SYNC-09: a lot's replica in Postgres, and the model that the simulation takes for it, give the same messages", async () => {
  const compared = new Map<string, number>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { lotId } = await rig.addOperator(9_000 + seed);
    const pair = new Pair(seed, lotId);
    await pair.begin();
    for (let step = 0; step < STEPS; step++) await pair.step();
    for (const [kind, count] of pair.compared) compared.set(kind, (compared.get(kind) ?? 0) + count);
  }
  expect(compared.get("delta")).toBeGreaterThan(20);
  expect(compared.get("snapshot")).toBeGreaterThan(20);
}, 240_000);
