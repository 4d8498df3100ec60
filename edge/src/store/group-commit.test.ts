import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GROUP_MAX, QUEUE_MAX } from "./group-commit.ts";
import { type TempStore, tempStore } from "./testing/temp-store.ts";

let temp: TempStore;
beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.remove());

const alarm = (detail: string) => ({ type: "alarm.raised", code: "test", lane_id: null, detail }) as const;

function lines(): string[] {
  return [...(temp.store.outbox.readBatch(1, { maxEvents: 100_000, maxBytes: 100_000_000 })?.lines ?? [])];
}

function numbers(): number[] {
  return lines().map((line) => Number(JSON.parse(line).n));
}

describe("group commit", () => {
  it("undoes a failed request alone, and its n goes to the next. Verifies: SYNC-02", async () => {
    const { store } = temp;
    const results = await Promise.allSettled([
      store.transact((tx) => tx.emit(alarm("first"))),
      store.transact((tx) => {
        tx.emit(alarm("never"));
        throw new RangeError("no");
      }),
      store.transact((tx) => tx.emit(alarm("second"))),
    ]);
    expect(results).toMatchObject([
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: { message: "no" } },
      { status: "fulfilled", value: 2 },
    ]);
    expect(numbers()).toEqual([1, 2]);
    expect(lines().some((line) => line.includes("never"))).toBe(false);
  });

  it("gives n without holes over any pattern of failures, restarts included. Verifies: SYNC-02", async () => {
    let expected = 0;
    for (let round = 0; round < 6; round++) {
      const fails = (at: number): boolean => (at * 7 + round * 3) % 4 === 0;
      const work = Array.from({ length: 25 }, (_, at) =>
        temp.store.transact((tx) => {
          tx.emit(alarm(`${round}/${at}`));
          if (fails(at)) throw new RangeError("no");
        }),
      );
      const done = (await Promise.allSettled(work)).filter(({ status }) => status === "fulfilled").length;
      expected += done;
      if (round === 2) await temp.reopen();
    }
    expect(numbers()).toEqual(Array.from({ length: expected }, (_, at) => at + 1));
  });

  it("resolves after the commit: another connection sees the change. Verifies: SYNC-01", async () => {
    const n = await temp.store.transact((tx) => tx.emit(alarm("seen")));
    expect(temp.store.queries.outbox().lastN).toBe(n);
  });

  it("shows nothing of a group before its commit", async () => {
    const during: number[] = [];
    await temp.store.transact((tx) => {
      tx.emit(alarm("one"));
      during.push(temp.store.queries.outbox().lastN);
    });
    expect(during).toEqual([0]);
  });

  it("takes at most its limit, and says that the disk is slow", async () => {
    const work = Array.from({ length: QUEUE_MAX + 1 }, () => temp.store.transact(() => undefined));
    const results = await Promise.allSettled(work);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(QUEUE_MAX);
    expect(results.at(-1)).toMatchObject({ status: "rejected", reason: { code: "store_failed" } });
    expect(GROUP_MAX).toBeLessThan(QUEUE_MAX);
  });

  it("keeps deferred writes with the next commit, or at the close", async () => {
    temp.store.journal.note({ laneId: null, kind: "seen", data: {} });
    expect(temp.store.queries.journal({ laneId: null, sinceId: null, limit: 9 })).toHaveLength(0);
    await temp.store.transact(() => undefined);
    expect(temp.store.queries.journal({ laneId: null, sinceId: null, limit: 9 })).toHaveLength(1);
    temp.store.journal.note({ laneId: null, kind: "seen", data: {} });
    await temp.reopen();
    expect(temp.store.queries.journal({ laneId: null, sinceId: null, limit: 9 })).toHaveLength(2);
  });

  it("keeps deferred writes out of urgent commits, but not for longer than a second", async () => {
    const noted = () => temp.store.queries.journal({ laneId: null, sinceId: null, limit: 9 }).length;
    const urgent = () => temp.store.transact(() => undefined, { urgent: true });
    temp.store.journal.note({ laneId: null, kind: "seen", data: {} });
    await urgent();
    expect(noted()).toBe(0);
    temp.clock.advance(999);
    await urgent();
    expect(noted()).toBe(0);
    temp.clock.advance(1);
    await urgent();
    expect(noted()).toBe(1);
    temp.store.journal.note({ laneId: null, kind: "seen", data: {} });
    await Promise.all([urgent(), temp.store.transact(() => undefined)]);
    expect(noted()).toBe(1);
    await temp.store.transact(() => undefined);
    expect(noted()).toBe(2);
  });

  it("lets no work in after the close", async () => {
    const { store } = temp;
    await store.close();
    await expect(store.transact(() => 1)).rejects.toMatchObject({ code: "store_failed" });
  });
});
