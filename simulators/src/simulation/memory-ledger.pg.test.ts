import type { HubLedger } from "@gatehouse/cloud/hub/hub-ledger.ts";
import { createPostgresLedger } from "@gatehouse/cloud/hub/postgres-ledger.ts";
import { type HubRig, startHubRig } from "@gatehouse/cloud/hub/testing/hub-rig.ts";
import { releaseDevice } from "@gatehouse/cloud/services/devices/release.ts";
import type { IngestAnswer } from "@gatehouse/cloud/services/ingest/ingest-batches.ts";
import { type ReadBatch, readBatch } from "@gatehouse/cloud/services/ingest/read-events.ts";
import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { pick, type Random, randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryStream } from "./memory-ledger.ts";
import { MemoryOutbox } from "./memory-outbox.ts";

const SEEDS = 8;
const STEPS = 90;
const AT = 1_800_000_000_000;

let rig: HubRig;
beforeAll(async () => {
  rig = await startHubRig();
}, 120_000);
afterAll(() => rig?.close());

type Lot = Awaited<ReturnType<HubRig["addOperator"]>>;
interface Setup {
  readonly seed: number;
  readonly sample: Lot;
  readonly deviceId: string;
}

/** One device's stream in Postgres, and the model of it that `npm run sim` works with; each step is done to both. */
class Pair {
  readonly #random: Random;
  readonly #setup: Setup;
  readonly #ledger: HubLedger;
  readonly #model = new MemoryStream();
  readonly #outbox = new MemoryOutbox(1, false, new ManualClock({ wall: wallMs(AT) }));
  #card = this.#outbox.copy();
  #boots: string[];
  #mono = 1;
  #lastHello: Hello | null = null;
  /** What the cloud answered, and how often. */
  readonly answered = new Map<string, number>();

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#random = seededRandom(setup.seed);
    const log = pino({ level: "silent" });
    const clock = systemClock();
    this.#ledger = createPostgresLedger({ ...rig.context, pool: rig.database.pool, clock, realClock: clock, log });
    this.#boots = [this.#id()];
  }

  async step(): Promise<void> {
    if (this.#model.stop() !== null && this.#random.next() < 0.4) return this.#help();
    const act = pick(this.#random, [
      () => this.#append(),
      () => this.#append(),
      () => this.#send([this.#batch()]),
      () => this.#send([this.#batch()]),
      () => this.#send([this.#batch(), this.#batch(), this.#batch()]),
      () => this.#send([this.#next(), this.#next()]),
      () => this.#send([this.#otherContent()]),
      () => this.#send([this.#otherEpoch()]),
      () => this.#send([]),
      () => this.#hello({}),
      () => this.#hello({}),
      () => this.#oddHello(),
      () => this.#restart(),
      () => this.#swapCard(),
    ]);
    await act();
  }

  /** All that is committed, as both have it. */
  async compareRows(): Promise<void> {
    const { deviceId } = this.#setup;
    const query = async (sql: string) => (await rig.database.pool.query(sql, [deviceId])).rows;
    const events = await query(
      `SELECT epoch, n::int, line, encode(hash, 'hex') AS hash, false AS poison FROM edge_events WHERE device_id = $1
       UNION ALL SELECT epoch, n::int, convert_from(raw, 'UTF8'), encode(hash, 'hex'), true FROM dead_letters
       WHERE device_id = $1 ORDER BY epoch, n`,
    );
    expect(events).toEqual(
      this.#model.rows.map(({ epoch, n, line, hash, isPoison }) => ({ epoch, n, line, hash, poison: isPoison })),
    );
    const waiting = await query(
      "SELECT epoch, n::int FROM dead_letters WHERE device_id = $1 AND settled_at IS NULL ORDER BY epoch, n",
    );
    const poison = this.#model.rows.filter(({ isNew, isPoison }) => isNew && isPoison);
    expect(waiting).toEqual(poison.map(({ epoch, n }) => ({ epoch, n })));
    const applied = await query(
      "SELECT detail FROM alarms WHERE device_id = $1 AND code = 'simulated' ORDER BY detail",
    );
    const news = this.#model.rows.filter(({ isNew, isPoison }) => isNew && !isPoison);
    const details = news.map(({ line }) => (JSON.parse(line) as { body: { detail: string } }).body.detail);
    expect(applied.map(({ detail }) => detail)).toEqual(details.toSorted());
  }

  #id(): string {
    return formatUuid(this.#random.bytes(16));
  }

  #append(): void {
    for (let left = randomInt(this.#random, 1, 4); left > 0; left--) {
      const isPoison = this.#random.next() < 0.15;
      const body = isPoison
        ? { type: "of.a.later.build", id: this.#id() }
        : { type: "alarm.raised", code: "simulated", lane_id: null, detail: this.#id() };
      this.#outbox.append({ at: AT, mono: this.#mono, boot: this.#boots.at(-1) ?? "", quality: "synced", body });
    }
  }

  #batchFrom(first: number, maxEvents: number): ReadBatch {
    const batch = this.#outbox.readBatch(first, { maxEvents, maxBytes: 1_000_000 });
    const header = batch?.header ?? { epoch: 1, first: 1, count: 0, previous_hash: "0".repeat(64) };
    return readBatch({
      header: { v: PROTOCOL_VERSION, device_id: this.#setup.deviceId, ...header },
      lines: batch?.lines ?? [],
    });
  }

  /** A stretch that may begin below the cursor, at it, or beyond it. */
  #batch(): ReadBatch {
    const { lastN } = this.#outbox.head();
    const { cursor } = this.#model.position();
    const first = Math.max(1, Math.min(lastN, cursor + randomInt(this.#random, -4, 3)));
    return this.#batchFrom(first, randomInt(this.#random, 1, 5));
  }

  #next(): ReadBatch {
    return this.#batchFrom(this.#model.position().cursor + 1, 50);
  }

  #otherContent(): ReadBatch {
    const { header, lines } = this.#batch();
    const at = randomInt(this.#random, 0, lines.length - 1);
    return readBatch({
      header,
      lines: lines.map((line, i) => (i === at ? line.replace(/"detail":"../, '"detail":"xx') : line)),
    });
  }

  #otherEpoch(): ReadBatch {
    const { header, lines } = this.#batch();
    return readBatch({ header: { ...header, epoch: Math.max(1, header.epoch - 1) }, lines });
  }

  async #send(batches: readonly ReadBatch[]): Promise<void> {
    const { epoch } = batches[0]?.header ?? { epoch: 0 };
    // The hub puts batches of one epoch into one transaction, and an empty one is never sent.
    const sent = batches.filter(({ header, lines }) => lines.length > 0 && header.epoch === epoch);
    const model = this.#model.ingest(sent);
    const real = await this.#ledger.ingest(this.#owner(), sent);
    this.#same(`${sent.map(({ header }) => `${header.epoch}:${header.first}+${header.count}`).join(" ")}`, model, real);
    if (real.status === "ok") this.#outbox.confirm(real.position);
  }

  async #hello(odd: Partial<Hello>): Promise<void> {
    const { epoch, lastN, lastHash, wantsEpoch, ...marks } = this.#outbox.head();
    this.#mono += randomInt(this.#random, 1, 1_000);
    const hello: Hello = {
      ...{
        v: PROTOCOL_VERSION,
        oldest_v: 1,
        device_id: this.#setup.deviceId,
        epoch,
        last_n: lastN,
        last_hash: lastHash,
      },
      ...(wantsEpoch ? { wants_epoch: true } : {}),
      confirmed: { n: marks.confirmedN, hash: marks.confirmedHash },
      kept: { n: marks.prunedN, hash: marks.prunedHash },
      ...{ boot: this.#boots.at(-1) ?? "", mono: this.#mono, at: AT, quality: "synced", agent_version: "model" },
      ...{ replica_version: 0, replica_checksum: "0".repeat(64), link_nonce: "n".repeat(22), sent_mono: this.#mono },
      ...odd,
    };
    this.#lastHello = hello;
    const model = this.#model.answerHello(hello);
    const real = await this.#ledger.answerHello(this.#owner(), hello);
    this.#same(`hello ${hello.epoch}:${hello.last_n} ${JSON.stringify(odd)}`, model, real);
    if (real === null) return;
    if (real.status === "new_epoch" && real.position.epoch > epoch) this.#outbox.beginEpoch(real.position.epoch);
    if (real.status === "ok") this.#outbox.epochAgreed();
  }

  /** A hello that is late, repeated, of an older build, of an ended run, of an ended epoch, or tells of less or other events. */
  async #oddHello(): Promise<void> {
    const { epoch, lastN } = this.#outbox.head();
    const behind = randomInt(this.#random, 0, lastN);
    const hash = this.#outbox.hashAt(behind) ?? "";
    await this.#hello(
      pick<Partial<Hello>>(this.#random, [
        { last_n: behind, last_hash: hash },
        { last_hash: "a".repeat(64) },
        { epoch: Math.max(1, epoch - 1) },
        { wants_epoch: true },
        { confirmed: { n: lastN, hash: "c".repeat(64) } },
        { boot: pick(this.#random, this.#boots) },
        { sent_mono: Math.max(1, this.#mono - 2_000) },
        this.#lastHello ?? {},
      ]),
    );
  }

  async #restart(): Promise<void> {
    this.#boots.push(this.#id());
    this.#outbox.crash();
    await this.#hello({});
  }

  /** Copies the card, or puts the copy back in. */
  #swapCard(): void {
    if (this.#random.next() < 0.6) this.#card = this.#outbox.copy();
    else this.#outbox.setBack(this.#card);
  }

  /** What an operator does for a device that stands. */
  async #help(): Promise<void> {
    const { sample, deviceId } = this.#setup;
    if (this.#model.stop() !== "clone" && this.#random.next() < 0.7) {
      const { operatorId } = sample;
      const { epoch } = await releaseDevice(rig.context, {
        operatorId,
        lotIds: null,
        deviceId,
        actor: "test",
        reason: "test",
      });
      expect(this.#model.beginEpoch("release")).toBe(epoch);
      return;
    }
    const identity = await rig.enrol(sample);
    expect(identity.deviceId).toBe(deviceId);
    const epoch = this.#model.beginEpoch("enrolment");
    this.#boots = [this.#id()];
    if (epoch > this.#outbox.head().epoch) this.#outbox.beginEpoch(epoch);
  }

  #owner() {
    const { sample, deviceId } = this.#setup;
    return { operatorId: sample.operatorId, lotId: sample.lotId, deviceId };
  }

  #same(what: string, model: IngestAnswer | null, real: IngestAnswer | null): void {
    const plain = (answer: IngestAnswer | null) => {
      if (answer === null) return null;
      const { status, applied, position } = answer;
      return { status, applied, epoch: position.epoch, cursor: position.cursor, hash: position.hash };
    };
    expect({ what, ...plain(model) }).toEqual({ what, ...plain(real) });
    const status = real?.status ?? "late";
    this.answered.set(status, (this.answered.get(status) ?? 0) + 1);
  }
}

describe("the model of the ledger beside Postgres", () => {
  const answered = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++)
    it(`Verifies: SYNC-03, SYNC-04, SYNC-07, SYNC-08, SYNC-15: both answer ${STEPS} random steps alike (seed ${seed})`, async () => {
      const sample = await rig.addOperator(7_000 + seed);
      const { deviceId } = await rig.enrol(sample);
      const pair = new Pair({ seed, sample, deviceId });
      for (let step = 0; step < STEPS; step++) await pair.step();
      await pair.compareRows();
      for (const status of pair.answered.keys()) answered.add(status);
    }, 120_000);

  it("has come to each kind of answer", () => {
    expect([...answered].toSorted()).toEqual(["edge_behind", "fork", "gap", "late", "new_epoch", "ok", "stale_epoch"]);
  });
});
