import { createPostgresLedger } from "@gatehouse/cloud/hub/postgres-ledger.ts";
import { type HubRig, startHubRig } from "@gatehouse/cloud/hub/testing/hub-rig.ts";
import { type Command, expireCommands } from "@gatehouse/cloud/services/devices/dispatch-commands.ts";
import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { pick, type Random, randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MemoryCommands } from "./memory-commands.ts";

const SEEDS = 4;
const STEPS = 60;
/** Long after this machine's time, so that the rig's own hub lets no command expire. */
const AT = 4_000_000_000_000;
const LIFE_MAX_MS = 10_000;
/** As the service has it. */
const RESULT_GRACE_MS = 5_000;

let rig: HubRig;
beforeAll(async () => {
  rig = await startHubRig();
}, 120_000);
afterAll(() => rig?.close());

/** One device's commands in Postgres, and the model of them that `npm run sim` works with; each step is done to both. */
class Pair {
  readonly #random: Random;
  readonly #clock = new ManualClock({ wall: wallMs(AT) });
  readonly #model = new MemoryCommands();
  readonly #context: Parameters<typeof createPostgresLedger>[0];
  readonly #device: string;
  readonly #ids: string[] = [];
  readonly #ends: number[] = [];
  /** Statuses that rows have been in. */
  readonly seen = new Set<string>();

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#device = this.#id();
    const log = pino({ level: "silent" });
    this.#context = { ...rig.context, pool: rig.database.pool, clock: this.#clock, realClock: this.#clock, log };
  }

  async step(): Promise<void> {
    await pick(this.#random, [
      () => this.#ask(),
      () => this.#ask(),
      () => this.#claim(),
      () => this.#record(),
      () => this.#record(),
      () => this.#expire(),
      () => this.#wait(),
      () => this.#waitForEnd(),
    ])();
    for (const id of this.#ids) await this.#compare(id);
  }

  #id(): string {
    return formatUuid(this.#random.bytes(16));
  }

  #now(): Date {
    return new Date(this.#clock.wall());
  }

  #wait(): void {
    this.#clock.advance(randomInt(this.#random, 1, LIFE_MAX_MS / 2));
  }

  /** Up to the very moment at which a command's life ends, or the time after it that its result may take. */
  #waitForEnd(): void {
    const now = this.#clock.wall();
    const moments = this.#ends
      .flatMap((end) => [end, end + RESULT_GRACE_MS - 1, end + RESULT_GRACE_MS])
      .filter((at) => at > now);
    if (moments.length > 0) this.#clock.advance(Math.min(...moments) - now);
  }

  async #ask(): Promise<void> {
    const id = this.#id();
    const notAfter = new Date(this.#clock.wall() + randomInt(this.#random, 1, LIFE_MAX_MS));
    const ids = { id, device_id: this.#device, lane_id: this.#id(), nonce: `nonce of ${id}` };
    this.#model.ask({ ...ids, issuedAt: this.#now(), notAfter });
    const row = this.#model.find(id);
    if (row === null) throw new Error("The model has forgotten the command.");
    const columns = Object.keys(row);
    const values = columns.map((_, at) => `$${at + 1}`);
    const insert = `INSERT INTO commands (${columns.join(", ")}) VALUES (${values.join(", ")})`;
    await rig.database.pool.query(insert, Object.values(row));
    this.#ids.push(id);
    this.#ends.push(notAfter.getTime());
  }

  async #claim(): Promise<void> {
    const real = await createPostgresLedger(this.#context).claimCommands(this.#device);
    expect(inOrder(this.#model.claim(this.#now()))).toEqual(inOrder(real));
  }

  async #record(): Promise<void> {
    const outcome = pick(this.#random, ["done", "refused"] as const);
    const result: CommandResult = {
      v: PROTOCOL_VERSION,
      id: pick(this.#random, [...this.#ids, this.#id()]),
      device_id: this.#device,
      outcome,
      refusal: outcome === "done" ? null : "expired",
      message: `said as number ${this.#random.next()}`,
      at: this.#clock.wall(),
    };
    await createPostgresLedger(this.#context).recordCommandResult(this.#device, result);
    this.#model.record(result, this.#now());
  }

  async #expire(): Promise<void> {
    await expireCommands(this.#context);
    this.#model.expire(this.#now());
  }

  async #compare(id: string): Promise<void> {
    const { rows } = await rig.database.pool.query<Command>("SELECT * FROM commands WHERE id = $1", [id]);
    expect(this.#model.find(id)).toEqual(rows[0]);
    this.seen.add(rows[0]?.status ?? "none");
  }
}

function inOrder(rows: readonly Command[]): readonly Command[] {
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

it(`Verifies: SYNC-11: commands in Postgres, and the model that the simulation takes for them, are alike after each of ${STEPS} random steps`, async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const pair = new Pair(seed);
    for (let step = 0; step < STEPS; step++) await pair.step();
    for (const status of pair.seen) seen.add(status);
  }
  expect([...seen].toSorted()).toEqual(["done", "expired", "pending", "refused", "sent"]);
}, 240_000);
