import { edgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MEASURE_EVERY_MS } from "../store/disk-share.ts";
import { DeskLot } from "./testing/desk-lot.ts";

const MIB = 1_048_576;
const SHARE = { kind: "bytes", bytes: 3 * MIB } as const;
const SPOT = "00000000-0000-7000-8000-0000000000d1";
const KEEP_MS = 7 * DAY_MS;

/** Transactions in which a look, and what it deletes, come to their end. */
const TURNS = 100;

/** The file system of the card; what others take of it is up to the test. */
const disk = { freeBytes: 1_000 * MIB, totalBytes: 2_000 * MIB };

let lot: DeskLot;
beforeEach(async () => {
  disk.freeBytes = 1_000 * MIB;
  lot = new DeskLot({ share: SHARE, diskSpace: () => ({ ...disk }), keepConfirmedMs: KEEP_MS });
  await lot.load();
});
afterEach(() => lot.temp.remove());

const level = () => lot.temp.store.pressure();
const sense = () => lot.temp.store.outbox.append({ type: "spot.sensed", spot_id: SPOT, status: "occupied" });

function alarmsAfter(n: number) {
  const batch = lot.temp.store.outbox.readBatch(n + 1, { maxEvents: 100, maxBytes: MIB });
  const bodies = (batch?.lines ?? []).map((line) => edgeEvent.parse(JSON.parse(line)).body);
  return bodies.flatMap((body) => (body.type === "alarm.raised" && body.code !== "filler" ? [body] : []));
}

/** The next look at the disk, with all that follows from it. */
async function look(): Promise<void> {
  lot.advance(MEASURE_EVERY_MS);
  for (let turn = 0; turn < TURNS; turn++) await lot.temp.store.transact(() => undefined);
}

/** Writes what is never left out, while the link is down, until a look finds this level. */
async function fillUntil(wanted: "shed" | "refuse_entries"): Promise<void> {
  const detail = "x".repeat(250);
  const filler = { type: "alarm.raised", code: "filler", lane_id: null, detail } as const;
  for (let nth = 0; nth < 1_000 && level() !== wanted; nth++) {
    await Promise.all(Array.from({ length: 100 }, () => lot.temp.store.outbox.append(filler)));
    await look();
  }
  expect(level()).toBe(wanted);
}

/** The cloud has confirmed all, the keep window is over, and it still says so. */
async function confirmAll(): Promise<void> {
  const { epoch, lastN: cursor, lastHash: hash } = lot.temp.store.outbox.head();
  expect(lot.temp.store.outbox.confirm({ epoch, cursor, hash })).toEqual({ kind: "moved" });
  lot.advance(KEEP_MS + DAY_MS);
  expect(lot.temp.store.outbox.confirm({ epoch, cursor, hash })).toEqual({ kind: "known" });
  await look(); // Old rows go meanwhile.
  await look();
}

describe("a store that fills its share of the disk", () => {
  it("leaves out telemetry alone, counts it, and tells of it afterwards (Verifies: SYNC-14)", async () => {
    expect(await sense()).toBe(1);
    await fillUntil("shed");
    expect(await sense()).toBeNull();
    expect(await sense()).toBeNull();
    const entered = await lot.drive("entry", { plate: "MXY100" });
    expect(entered.outcome).toBe("admit");
    expect(lot.ofType("session.opened")).toHaveLength(1);
    expect(lot.temp.store.queries.share()).toMatchObject({ level: "shed", droppedTelemetry: 2 });
    const { lastN } = lot.temp.store.outbox.head();
    await confirmAll();
    expect(level()).toBe("normal");
    const told = alarmsAfter(lastN);
    expect(told.map(({ code }) => code)).toEqual(["store_has_room", "telemetry_dropped"]);
    expect(told[1]?.detail).toMatch(/^2 telemetry events between 2026-03-02T/);
    expect(await sense()).toBe(lastN + 3);
  });

  it("knows after a restart what it left out (Verifies: SYNC-14)", async () => {
    await fillUntil("shed");
    await sense();
    await lot.temp.store.transact(() => undefined);
    await lot.restart();
    expect(lot.temp.store.queries.share()).toMatchObject({ droppedTelemetry: 1 });
  });

  it("lets nobody in and everybody out near its end, and is well again when the cloud has its events (Verifies: SYNC-14)", async () => {
    await lot.drive("entry", { plate: "MXY100" });
    const shown = await lot.enter({ plate: "MXY200" });
    await fillUntil("refuse_entries");
    const [told] = alarmsAfter(lot.temp.store.outbox.head().lastN - 1);
    expect(told?.code).toBe("store_refuses_entries");
    expect(await lot.enter({ plate: "MXY300" })).toMatchObject({ outcome: "refuse", reasons: ["store_full"] });
    await lot.end(shown);
    expect(lot.counts().inside).toBe(2);
    const leaving = await lot.drive("exit", { plate: "MXY100" });
    expect(leaving.outcome).toBe("admit");
    expect(lot.counts().inside).toBe(1);
    const { lastN } = lot.temp.store.outbox.head();
    await confirmAll();
    expect(level()).toBe("normal");
    expect(await lot.enter({ plate: "MXY300" })).toMatchObject({ outcome: "admit" });
    expect(lot.temp.store.outbox.head().lastN).toBeGreaterThan(lastN);
  });

  it("keeps the window in which a restored cloud can ask again, however full it is (Verifies: SYNC-14, SYNC-06)", async () => {
    await fillUntil("refuse_entries");
    const { epoch, lastN, lastHash } = lot.temp.store.outbox.head();
    lot.temp.store.outbox.confirm({ epoch, cursor: lastN, hash: lastHash });
    await look();
    expect(level()).toBe("refuse_entries");
    expect(lot.temp.store.outbox.readBatch(1, { maxEvents: 1, maxBytes: MIB })?.lines).toHaveLength(1);
  });

  it("counts what others take of the disk (Verifies: SYNC-14)", async () => {
    disk.freeBytes = 10 * MIB;
    await look();
    expect(level()).toBe("refuse_entries");
    disk.freeBytes = 1_000 * MIB;
    await look();
    expect(level()).toBe("normal");
  });
});
