import type { EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EventScript } from "../../hub/testing/event-script.ts";
import { type HubRig, startHubRig } from "../../hub/testing/hub-rig.ts";
import { answerHello } from "./answer-hello.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { ingestBatches } from "./ingest-batches.ts";
import { readBatch } from "./read-events.ts";

const BOOT = "0190f3a1-0000-7000-8000-0000000000b1";
const NEXT_BOOT = "0190f3a1-0000-7000-8000-0000000000b2";
let rig: HubRig;
let context: IngestContext;
let seed = 900;

beforeAll(async () => {
  rig = await startHubRig();
  context = { pool: rig.database.pool, clock: rig.context.clock, newId: rig.context.newId };
});
afterAll(() => rig.close());

/** A lot whose computer starts in 1970 each time. */
class LostLot {
  readonly owner: StreamOwner;
  readonly script: EventScript;
  readonly #lane: string;

  constructor(owner: StreamOwner, script: EventScript, lane: string) {
    this.owner = owner;
    this.script = script;
    this.#lane = lane;
  }

  static async make(): Promise<LostLot> {
    const sample = await rig.addOperator(seed++);
    const { deviceId } = await rig.enrol(sample);
    const { operatorId, lotId, entryLane, exitLane } = sample;
    const script = new EventScript({ deviceId, epoch: 1, entryLane, exitLane, seed });
    return new LostLot({ operatorId, lotId, deviceId }, script, entryLane);
  }

  tell(mono: number, body: EdgeEventBody, { boot = BOOT, quality = "unknown", at = mono }: Partial<Told> = {}): void {
    this.script.addLine(JSON.stringify({ n: this.script.lastN + 1, at, mono, boot, quality, body }));
  }

  /** A vehicle comes in by a clock that counts from 1970; the session's id. */
  enter(mono: number, told: Partial<Told> = {}): string {
    const [session_id, movement_id] = [this.script.id(), this.script.id()];
    const at = told.at ?? mono;
    const lane = { lane_id: this.#lane, movement_id };
    this.tell(
      mono,
      {
        type: "session.opened",
        session_id,
        plate: null,
        ticket: `T${mono}`,
        kind: "transient",
        permit_id: null,
        reservation_id: null,
        spot_type: "standard",
        tariff: null,
        entered_at: at,
        ...lane,
      },
      told,
    );
    const passed = { outcome: "passed", direction: "entry", session_id, plate: null } as const;
    this.tell(mono + 1, { type: "movement.recorded", ...passed, began_at: at, ended_at: at + 1, ...lane }, told);
    return session_id;
  }

  async send(first: number): Promise<void> {
    const answer = await ingestBatches(context, this.owner, [readBatch(this.script.batch(first, this.script.lastN))]);
    expect(answer).toMatchObject({ status: "ok", position: { cursor: this.script.lastN } });
  }

  async hello(change: Partial<Hello> = {}): Promise<void> {
    const hello: Hello = {
      v: 4,
      oldest_v: 2,
      device_id: this.owner.deviceId,
      epoch: 1,
      last_n: this.script.lastN,
      last_hash: this.script.lastHash,
      boot: BOOT,
      mono: 100_000,
      at: 100_000,
      quality: "unknown",
      agent_version: "test",
      replica_version: 0,
      replica_checksum: "0".repeat(64),
      link_nonce: "nonce-of-this-link",
      sent_mono: 100_000,
      ...change,
    };
    await answerHello(context, this.owner, hello);
  }

  async query(sql: string): Promise<Record<string, unknown>[]> {
    return (await rig.database.pool.query(sql, [this.owner.lotId])).rows;
  }

  async entryOf(sessionId: string): Promise<number> {
    const { rows } = await rig.database.pool.query<{ entry_time: Date }>(
      "SELECT entry_time FROM parking_sessions WHERE parking_lot_id = $1 AND id = $2",
      [this.owner.lotId, sessionId],
    );
    return rows[0]?.entry_time.getTime() ?? Number.NaN;
  }

  async alarms(): Promise<unknown[]> {
    return (await this.query("SELECT code FROM alarms WHERE lot_id = $1 ORDER BY code")).map(({ code }) => code);
  }
}

interface Told {
  readonly boot: string;
  readonly quality: ClockQuality;
  readonly at: number;
}

test("Verifies: SYNC-13: what a run told before it had a time is dated by its hello, and the clock raises one alarm", async () => {
  const lot = await LostLot.make();
  const session = lot.enter(40_000);
  const before = Date.now();
  await lot.hello();
  await lot.hello({ sent_mono: 100_001 });
  await lot.send(1);
  const entered = await lot.entryOf(session);
  expect(entered).toBeGreaterThanOrEqual(before - 60_001);
  expect(entered).toBeLessThanOrEqual(Date.now() - 60_000);
  const [event] = await lot.query(
    "SELECT extract(epoch FROM at)::float8 * 1000 AS at, line FROM edge_events JOIN device_streams USING (device_id) WHERE lot_id = $1 AND n = 1",
  );
  expect(event?.line).toBe(lot.script.lines[0]);
  expect(Number(event?.at)).toBeCloseTo(entered, 0);
  expect(await lot.alarms()).toEqual(["device_clock_wrong"]);
});

test("Verifies: SYNC-13: events that are in with a wrong time are corrected when their run's clock was set, and no sooner", async () => {
  const lot = await LostLot.make();
  const early = lot.enter(40_000);
  const byHand = lot.enter(50_000);
  await lot.send(1);
  expect(await lot.entryOf(early)).toBe(40_000);
  expect(await lot.alarms()).toEqual(["event_time_unknown"]);
  const corrected = Date.UTC(2026, 2, 2, 7);
  await rig.database.pool.query("UPDATE parking_sessions SET entry_time = $1 WHERE id = $2", [
    new Date(corrected),
    byHand,
  ]);
  const next = lot.script.lastN + 1;
  const late = lot.enter(70_000);
  const set = Date.UTC(2026, 2, 2, 8);
  lot.tell(80_000, { type: "alarm.raised", code: "x", lane_id: null, detail: "" }, { quality: "synced", at: set });
  await lot.send(next);
  expect([await lot.entryOf(early), await lot.entryOf(late)]).toEqual([set - 40_000, set - 10_000]);
  expect(await lot.entryOf(byHand)).toBe(corrected);
  const movements = await lot.query("SELECT at, began_at, ended_at FROM movements WHERE lot_id = $1 ORDER BY at");
  expect(movements[0]).toEqual({
    at: new Date(set - 40_000),
    began_at: new Date(set - 40_000),
    ended_at: new Date(set - 39_999),
  });
  const audit = await lot.query(
    "SELECT details FROM audit_log WHERE lot_id = $1 AND action = 'device.times_corrected'",
  );
  expect(audit).toEqual([{ details: { boot: BOOT, events: 4, moved_ms: set - 80_000 } }]);
});

test("a run that never had a time keeps what it told, and later runs are not dated by it", async () => {
  const lot = await LostLot.make();
  const lost = lot.enter(40_000);
  await lot.send(1);
  const next = lot.script.lastN + 1;
  const set = Date.UTC(2026, 2, 2, 8);
  const good = lot.enter(5_000, { boot: NEXT_BOOT, quality: "synced", at: set });
  await lot.send(next);
  expect([await lot.entryOf(lost), await lot.entryOf(good)]).toEqual([40_000, set]);
  const [stream] = await lot.query("SELECT unanchored_boot FROM device_streams WHERE lot_id = $1");
  expect(stream).toEqual({ unanchored_boot: null });
});
