import type {
  ReplicaChange,
  ReplicaDelta,
  ReplicaItem,
  ReplicaSnapshot,
} from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";
import { checksumOf } from "@gatehouse/shared/sync/replica-checksum.ts";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadReplica, permitItem, samplePermit } from "../decision/testing/lot-sample.ts";
import { databasePath } from "./open-database.ts";
import { type TempStore, tempStore } from "./testing/temp-store.ts";

let temp: TempStore;
beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.remove());

const permits = (from: number, count: number): ReplicaItem[] =>
  Array.from({ length: count }, (_, at) => permitItem(samplePermit(`P${from + at}`, `MXY${from + at}`)));

function found(plate: string): string[] {
  return temp.store.records.replica.find({ plate, code: null }).permits.map((permit) => permit.permit_id);
}

function snapshot(items: readonly ReplicaItem[], change: Partial<ReplicaSnapshot> = {}): ReplicaSnapshot {
  const whole = { checksum: checksumOf(items), item_count: items.length, part: 0, parts: 1 };
  return { v: 1, kind: "snapshot", version: 1, items: [...items], ...whole, ...change };
}

function delta(from: number, changes: readonly ReplicaChange[], checksum: string): ReplicaDelta {
  return { v: 1, kind: "delta", from, to: from + 1, checksum, changes: [...changes] };
}

describe("a snapshot", () => {
  it("is in force wholly or not at all, whatever the order of its parts. Verifies: SYNC-09", async () => {
    await loadReplica(temp.store, permits(0, 3));
    const next = permits(100, 4);
    const part = (at: number) =>
      snapshot(next, { version: 2, part: at, parts: 2, items: next.slice(at * 2, at * 2 + 2) });
    expect(await temp.store.replica.applySnapshotPart(part(1))).toEqual({ kind: "staged", partsMissing: 1 });
    expect(found("MXY102")).toEqual([]);
    expect(found("MXY1")).toEqual(["P1"]);
    expect(temp.store.replica.status().version).toBe(1);
    expect(await temp.store.replica.applySnapshotPart(part(1))).toEqual({ kind: "staged", partsMissing: 1 });
    await temp.reopen();
    expect(await temp.store.replica.applySnapshotPart(part(0))).toMatchObject({ kind: "applied", version: 2 });
    expect(found("MXY102")).toEqual(["P102"]);
    expect(found("MXY1")).toEqual([]);
    expect(temp.store.replica.recomputeChecksum()).toBe(checksumOf(next));
    expect(temp.store.queries.replica()).toMatchObject({ version: 2, items: 4, checksum: checksumOf(next) });
  });

  it("with another checksum changes nothing. Verifies: SYNC-09", async () => {
    await loadReplica(temp.store, permits(0, 1));
    const wrong = snapshot(permits(5, 2), { version: 2, checksum: "a".repeat(64) });
    const computed = checksumOf(permits(5, 2));
    expect(await temp.store.replica.applySnapshotPart(wrong)).toEqual({ kind: "mismatch", have: 1, computed });
    expect(found("MXY0")).toEqual(["P0"]);
    expect(await temp.store.replica.applySnapshotPart(snapshot(permits(5, 2), { version: 2 }))).toMatchObject({
      kind: "applied",
    });
  });

  it("with an item too few changes nothing. Verifies: SYNC-09", async () => {
    const answer = await temp.store.replica.applySnapshotPart(snapshot(permits(0, 2), { item_count: 3 }));
    expect(answer).toMatchObject({ kind: "mismatch", have: 0 });
  });

  it("leaves nothing of the one before it, in small steps", async () => {
    await loadReplica(temp.store, permits(0, 1_200));
    await loadReplica(temp.store, permits(0, 2), { version: 2 });
    temp.clock.advance(10_000);
    const reader = new Database(databasePath(temp.directory), { readonly: true });
    const rows = reader
      .prepare("SELECT (SELECT count(*) FROM replica_items) + (SELECT count(*) FROM replica_terms)")
      .pluck();
    await expect.poll(() => rows.get(), { timeout: 5_000 }).toBe(4);
    reader.close();
    expect(temp.store.replica.recomputeChecksum()).toBe(temp.store.replica.status().checksum);
  });
});

describe("a delta", () => {
  it("applies to its version only, and is compared by checksum. Verifies: SYNC-09", async () => {
    const before = permits(0, 3);
    await loadReplica(temp.store, before);
    const [added] = permits(7, 1);
    if (added === undefined) throw new Error("no item");
    const changes: ReplicaChange[] = [
      { op: "delete", collection: "permits", key: "P1" },
      { op: "put", ...added },
    ];
    const after = checksumOf([...before.filter(({ key }) => key !== "P1"), added]);
    expect(await temp.store.replica.applyDelta(delta(2, changes, after))).toEqual({ kind: "gap", have: 1 });
    expect(await temp.store.replica.applyDelta(delta(1, changes, ZERO_HASH))).toMatchObject({
      kind: "mismatch",
      have: 1,
    });
    expect(found("MXY1")).toEqual(["P1"]);
    expect(found("MXY7")).toEqual([]);
    expect(await temp.store.replica.applyDelta(delta(1, changes, after))).toMatchObject({
      kind: "applied",
      version: 2,
    });
    expect(await temp.store.replica.applyDelta(delta(1, changes, after))).toEqual({ kind: "known", version: 2 });
    expect(found("MXY1")).toEqual([]);
    expect(found("MXY7")).toEqual(["P7"]);
    expect(temp.store.replica.recomputeChecksum()).toBe(after);
    await temp.reopen();
    expect(temp.store.replica.status()).toMatchObject({ version: 2, checksum: after, items: 3 });
  });

  it("keeps checksum and index right over any changes. Verifies: SYNC-09", async () => {
    const change = fc.record({ key: fc.nat(8), plate: fc.nat(5), remove: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 5 }), async (deltas) => {
        const model = new Map<string, ReplicaItem>();
        await loadReplica(temp.store, [], { version: temp.store.replica.status().version + 1 });
        for (const list of deltas) {
          const changes: ReplicaChange[] = list.map(({ key, plate, remove }) => {
            const item = permitItem(samplePermit(`P${key}`, `MXY${plate}`));
            if (remove) model.delete(item.key);
            else model.set(item.key, item);
            return remove ? { op: "delete", collection: "permits", key: item.key } : { op: "put", ...item };
          });
          const { version } = temp.store.replica.status();
          const answer = await temp.store.replica.applyDelta(delta(version, changes, checksumOf(model.values())));
          expect(answer.kind).toBe("applied");
        }
        for (let plate = 0; plate <= 5; plate++) {
          const wanted = [...model.values()]
            .filter(({ value }) => value.includes(`"MXY${plate}"`))
            .map(({ key }) => key);
          expect(found(`MXY${plate}`).toSorted()).toEqual(wanted.toSorted());
        }
        expect(temp.store.replica.status().items).toBe(model.size);
      }),
      { numRuns: 25 },
    );
  });
});

describe("the replica's age", () => {
  it("counts on the monotonic clock from the cloud's word, and is unknown after a restart. Verifies: SYNC-10", async () => {
    expect(temp.store.replica.ageMs()).toBeNull();
    await loadReplica(temp.store, permits(0, 1));
    temp.clock.advance(5_000);
    temp.clock.stepWall(1e9);
    expect(temp.store.replica.ageMs()).toBe(5_000);
    const { version, checksum } = temp.store.replica.status();
    expect(temp.store.replica.confirmCurrent(version + 1, checksum)).toBe(false);
    expect(temp.store.replica.confirmCurrent(version, checksum)).toBe(true);
    expect(temp.store.replica.ageMs()).toBe(0);
    await temp.reopen();
    expect(temp.store.replica.ageMs()).toBeNull();
    expect(temp.store.replica.status().confirmedAt).not.toBeNull();
  });
});

describe("items of a newer cloud", () => {
  it("are kept for the checksum, and one that can't be read is left out and told", async () => {
    const odd: ReplicaItem = { collection: "permits", key: "P1", value: '{"permit_id":"P1","plates":["MXY1"]}' };
    const later: ReplicaItem = { collection: "new_things", key: "x", value: '{"a":1}' };
    await loadReplica(temp.store, [odd, later, ...permits(2, 1)]);
    expect(temp.store.replica.status().items).toBe(3);
    expect(found("MXY1")).toEqual([]);
    expect(found("MXY1")).toEqual([]);
    expect(found("MXY2")).toEqual(["P2"]);
    expect(temp.logged.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});
