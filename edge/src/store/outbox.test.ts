import { DAY_MS, HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { chainHash, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PRUNE_STEP } from "./outbox-prune.ts";
import { type TempStore, tempStore } from "./testing/temp-store.ts";

let temp: TempStore;
beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.remove());

const ALL = { maxEvents: 100_000, maxBytes: 100_000_000 };

async function write(count: number): Promise<void> {
  const body = { type: "alarm.raised", code: "test", lane_id: null, detail: "ü" } as const;
  await Promise.all(Array.from({ length: count }, () => temp.store.outbox.append(body)));
}

function cursor(n: number, epoch = temp.store.outbox.head().epoch) {
  return { epoch, cursor: n, hash: temp.store.outbox.hashAt(n) ?? "" };
}

describe("the outbox", () => {
  it("chains exactly the bytes that it sends. Verifies: SYNC-05", async () => {
    await write(5);
    const batch = temp.store.outbox.readBatch(1, ALL);
    expect(batch?.header).toEqual({ epoch: 1, first: 1, count: 5, previous_hash: ZERO_HASH });
    expect(batch?.lines.reduce(chainHash, ZERO_HASH)).toBe(temp.store.outbox.head().lastHash);
    await temp.reopen();
    expect(temp.store.outbox.readBatch(3, ALL)?.header.previous_hash).toBe(temp.store.outbox.hashAt(2));
    await write(1);
    const again = temp.store.outbox.readBatch(1, ALL);
    expect(again?.lines.reduce(chainHash, ZERO_HASH)).toBe(temp.store.outbox.head().lastHash);
  });

  it("keeps to the limits of a batch, but gives at least one event", async () => {
    await write(10);
    expect(temp.store.outbox.readBatch(4, { maxEvents: 3, maxBytes: 1e6 })).toMatchObject({
      header: { first: 4, count: 3 },
      lastN: 6,
    });
    const one = Buffer.byteLength(temp.store.outbox.readBatch(1, { maxEvents: 1, maxBytes: 1e6 })?.lines[0] ?? "") + 1;
    expect(temp.store.outbox.readBatch(1, { maxEvents: 9, maxBytes: 2 * one })?.lines).toHaveLength(2);
    expect(temp.store.outbox.readBatch(1, { maxEvents: 9, maxBytes: 2 * one - 1 })?.lines).toHaveLength(1);
    expect(temp.store.outbox.readBatch(1, { maxEvents: 9, maxBytes: 1 })?.lines).toHaveLength(1);
    expect(temp.store.outbox.readBatch(11, ALL)).toBeNull();
  });

  it("takes confirmations that agree, and names what does not. Verifies: SYNC-04, SYNC-08", async () => {
    await write(5);
    const { outbox } = temp.store;
    expect(outbox.confirm(cursor(3))).toEqual({ kind: "moved" });
    expect(outbox.confirm(cursor(2))).toEqual({ kind: "known" });
    expect(outbox.confirm({ ...cursor(4), hash: ZERO_HASH })).toMatchObject({ kind: "fork", n: 4 });
    expect(outbox.confirm({ ...cursor(4), epoch: 2 })).toEqual({ kind: "other_epoch", epoch: 1 });
    expect(outbox.confirm({ epoch: 1, cursor: 9, hash: ZERO_HASH })).toEqual({ kind: "cloud_ahead", lastN: 5 });
    expect(outbox.status()).toMatchObject({ confirmedN: 3, pending: 2 });
    await temp.reopen();
    expect(temp.store.outbox.status()).toMatchObject({ confirmedN: 3, pending: 2 });
    expect(temp.store.queries.outbox()).toEqual(temp.store.outbox.status());
  });

  it("tells its listeners after the commit", async () => {
    const heard: number[] = [];
    const end = temp.store.outbox.onAppended(() => heard.push(temp.store.queries.outbox().lastN));
    await write(2);
    end();
    await write(1);
    expect(heard).toEqual([2]);
  });

  it("counts the bytes that wait", async () => {
    await write(3);
    const line = temp.store.outbox.readBatch(3, ALL)?.lines[0] ?? "";
    temp.store.outbox.confirm(cursor(2));
    expect(temp.store.outbox.status().bytes).toBe(Buffer.byteLength(line) + 1);
  });
});

/** So many events by a clock that was never set, and one of a trusted time, all confirmed and past the keep window. */
async function confirmUnsetClock(count: number): Promise<void> {
  temp.quality = "unknown";
  await write(count);
  temp.quality = "synced";
  await write(1);
  temp.store.outbox.confirm(cursor(count + 1));
  temp.clock.stepWall(8 * DAY_MS);
}

describe("pruning", () => {
  it("deletes only what is confirmed and older than the keep window. Verifies: SYNC-06", async () => {
    await write(4);
    temp.store.outbox.confirm(cursor(3));
    temp.clock.stepWall(6 * DAY_MS);
    expect(await temp.store.outbox.pruneStep()).toBe(0);
    temp.clock.stepWall(2 * DAY_MS);
    expect(await temp.store.outbox.pruneStep()).toBe(3);
    expect(await temp.store.outbox.pruneStep()).toBe(0);
    expect(temp.store.outbox.readBatch(1, ALL)).toBeNull();
    expect(temp.store.outbox.readBatch(4, ALL)?.header).toMatchObject({ first: 4, count: 1 });
  });

  it("goes on with n and chain when everything was deleted, after a restart too. Verifies: SYNC-02, SYNC-06", async () => {
    await write(3);
    const before = temp.store.outbox.head();
    temp.store.outbox.confirm(cursor(3));
    temp.clock.stepWall(8 * DAY_MS);
    await temp.store.outbox.pruneStep();
    await temp.reopen();
    const all = { confirmedN: 3, confirmedHash: before.lastHash, prunedN: 3, prunedHash: before.lastHash };
    expect(temp.store.outbox.head()).toEqual({ ...before, ...all });
    await write(1);
    const batch = temp.store.outbox.readBatch(4, ALL);
    expect(batch?.header).toMatchObject({ first: 4, previous_hash: before.lastHash });
    expect(chainHash(before.lastHash, batch?.lines[0] ?? "")).toBe(batch?.lastHash);
    expect(temp.store.outbox.status().pending).toBe(1);
  });

  it("goes in small steps", async () => {
    await write(PRUNE_STEP + 1);
    temp.store.outbox.confirm(cursor(PRUNE_STEP + 1));
    temp.clock.stepWall(8 * DAY_MS);
    expect(await temp.store.outbox.pruneStep()).toBe(PRUNE_STEP);
    expect(await temp.store.outbox.pruneStep()).toBe(1);
  });

  it("goes in small steps through events of a clock that was never set. Verifies: SYNC-13", async () => {
    await confirmUnsetClock(2 * PRUNE_STEP);
    const steps = [];
    for (let step = 0; step < 4; step++) steps.push(await temp.store.outbox.pruneStep());
    expect(steps).toEqual([PRUNE_STEP, PRUNE_STEP, 1, 0]);
  });

  it("deletes nothing that a restored cloud has not got again, in the middle of its steps. Verifies: SYNC-06", async () => {
    await confirmUnsetClock(2 * PRUNE_STEP);
    expect(await temp.store.outbox.pruneStep()).toBe(PRUNE_STEP);
    expect(temp.store.outbox.rewind(cursor(PRUNE_STEP + 5))).toEqual({ kind: "moved" });
    expect(await temp.store.outbox.pruneStep()).toBe(5);
    expect(await temp.store.outbox.pruneStep()).toBe(0);
  });

  it("does not believe in ages by a clock that was never set. Verifies: SYNC-06, SYNC-13", async () => {
    temp.quality = "unknown";
    await write(2);
    temp.quality = "synced";
    temp.clock.advance(1_000);
    await write(1);
    temp.store.outbox.confirm(cursor(3));
    temp.clock.stepWall(8 * DAY_MS);
    temp.quality = "unknown";
    expect(await temp.store.outbox.pruneStep()).toBe(0);
    temp.quality = "synced";
    expect(await temp.store.outbox.pruneStep()).toBe(3);
  });

  it("can send all again that is kept, to a cloud that was restored. Verifies: SYNC-06", async () => {
    await write(5);
    temp.store.outbox.confirm(cursor(5));
    expect(temp.store.outbox.rewind(cursor(2))).toEqual({ kind: "moved" });
    temp.clock.stepWall(8 * DAY_MS);
    expect(await temp.store.outbox.pruneStep()).toBe(2);
    expect(temp.store.outbox.readBatch(3, ALL)?.lines).toHaveLength(3);
    expect(temp.store.outbox.rewind({ epoch: 1, cursor: 1, hash: ZERO_HASH })).toEqual({ kind: "pruned", oldestN: 3 });
  });
});

describe("a new epoch", () => {
  it("Verifies: SYNC-06, SYNC-07: keeps all events with their numbers and hashes, and what of them is confirmed", async () => {
    await write(5);
    temp.store.outbox.confirm(cursor(3));
    const before = temp.store.outbox.head();
    const lines = temp.store.outbox.readBatch(1, ALL)?.lines;
    await temp.store.outbox.beginEpoch(2);
    expect(temp.store.outbox.head()).toEqual({ ...before, epoch: 2, wantsEpoch: false });
    expect(temp.store.outbox.readBatch(1, ALL)).toMatchObject({ header: { epoch: 2, first: 1 }, lines });
    await temp.reopen();
    expect(temp.store.outbox.head()).toMatchObject({ ...before, epoch: 2, wantsEpoch: false });
    expect(() => temp.store.outbox.beginEpoch(2)).toThrow(RangeError);
  });

  it("Verifies: SYNC-06: sends a cloud that was set back all that is kept, of whatever epoch", async () => {
    await write(4);
    temp.store.outbox.confirm(cursor(4));
    await temp.store.outbox.beginEpoch(2);
    const start = { epoch: 2, cursor: 1, hash: temp.store.outbox.hashAt(1) ?? "" };
    expect(temp.store.outbox.rewind(start)).toEqual({ kind: "moved" });
    expect(temp.store.outbox.readBatch(2, ALL)?.lines).toHaveLength(3);
  });
});

describe("a cloud that was not heard", () => {
  /** Old enough to be deleted, confirmed by a cloud that may have been set back since. */
  async function confirmOld(): Promise<void> {
    await write(3);
    temp.store.outbox.confirm(cursor(3));
    temp.clock.stepWall(8 * DAY_MS);
  }

  it("Verifies: SYNC-06: keeps what it confirmed until it is heard again", async () => {
    await confirmOld();
    temp.clock.advance(HOUR_MS);
    expect(await temp.store.outbox.pruneStep()).toBe(0);
    expect(temp.store.outbox.confirm(cursor(3)), "nothing new, and yet a word").toEqual({ kind: "known" });
    expect(await temp.store.outbox.pruneStep()).toBe(3);
  });

  it("Verifies: SYNC-06: keeps it after a restart and in a new epoch as well", async () => {
    await confirmOld();
    const { confirmedHash: hash } = temp.store.outbox.head();
    await temp.reopen();
    expect(await temp.store.outbox.pruneStep()).toBe(0);
    temp.store.outbox.rewind({ epoch: 1, cursor: 3, hash });
    await temp.store.outbox.beginEpoch(2);
    expect(await temp.store.outbox.pruneStep()).toBe(0);
    temp.store.outbox.confirm({ epoch: 2, cursor: 3, hash });
    expect(await temp.store.outbox.pruneStep()).toBe(3);
  });
});
