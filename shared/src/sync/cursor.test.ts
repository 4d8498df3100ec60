import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "./batch.ts";
import { beginningOf, judgeBatch, judgeHello, overlapOf, type StreamPosition, startOfEpoch } from "./cursor.ts";
import { chainHashes, ZERO_HASH } from "./hash-chain.ts";

const LOG = Array.from({ length: 20 }, (_, index) => `{"n":${index + 1}}`);
const HASHES = [ZERO_HASH, ...chainHashes(ZERO_HASH, LOG)];
const hashAt = (n: number): string => HASHES[n] ?? "";
const positionAt = (cursor: number): StreamPosition => ({ epoch: 1, cursor, hash: hashAt(cursor) });

/** The events `first` to `last` of a log. */
function batchOf(first: number, last: number, changes: Partial<Batch["header"]> = {}, log = LOG): Batch {
  const lines = log.slice(first - 1, last);
  const previous_hash = chainHashes(ZERO_HASH, log)[first - 2] ?? ZERO_HASH;
  return { header: { v: 1, device_id: "d", epoch: 1, first, count: lines.length, previous_hash, ...changes }, lines };
}

describe("judgeBatch", () => {
  it("Verifies: SYNC-03: applies what is new of a batch that begins at, before or inside what is known", () => {
    for (const first of [1, 3, 6]) {
      expect(judgeBatch(positionAt(5), batchOf(first, 8), null)).toEqual({
        kind: "apply",
        first: 6,
        lines: LOG.slice(5, 8),
        hashes: [hashAt(6), hashAt(7), hashAt(8)],
        position: positionAt(8),
      });
    }
  });

  it("Verifies: SYNC-03: a batch at or below the cursor has no effect", () => {
    expect(judgeBatch(positionAt(5), batchOf(2, 5), null)).toEqual({ kind: "duplicate" });
    expect(judgeBatch(positionAt(5), batchOf(2, 4), hashAt(4))).toEqual({ kind: "duplicate" });
    expect(judgeBatch(positionAt(5), batchOf(2, 4), null)).toEqual({ kind: "duplicate" });
  });

  it("Verifies: SYNC-04: a gap applies nothing and asks for cursor + 1", () => {
    expect(judgeBatch(positionAt(5), batchOf(7, 9), null)).toEqual({ kind: "gap", expect: 6 });
    expect(judgeBatch(startOfEpoch(1), batchOf(2, 3), null)).toEqual({ kind: "gap", expect: 1 });
  });

  it("Verifies: SYNC-04: the same number with another content is a fork, wherever it lies", () => {
    const other = LOG.with(3, '{"n":4,"other":true}');
    expect(judgeBatch(positionAt(5), batchOf(3, 8, {}, other), null)).toEqual({ kind: "fork", at: 5 });
    expect(judgeBatch(positionAt(5), batchOf(6, 8, {}, other), null)).toEqual({ kind: "fork", at: 5 });
    expect(judgeBatch(positionAt(5), batchOf(1, 4, {}, other), hashAt(4))).toEqual({ kind: "fork", at: 4 });
  });

  it("Verifies: SYNC-05: a wrong previous hash never gets in", () => {
    const lie = { previous_hash: "ab".repeat(32) };
    expect(judgeBatch(positionAt(5), batchOf(6, 8, lie), null).kind).toBe("fork");
    expect(judgeBatch(positionAt(5), batchOf(3, 8, lie), null).kind).toBe("fork");
    expect(judgeBatch(startOfEpoch(1), batchOf(1, 2, lie), null).kind).toBe("fork");
  });

  it("Verifies: SYNC-07: a lower epoch is refused for good, a higher one starts at 1", () => {
    expect(judgeBatch({ ...positionAt(5), epoch: 3 }, batchOf(6, 8, { epoch: 2 }), null)).toEqual({
      kind: "stale_epoch",
      current: 3,
    });
    expect(judgeBatch(positionAt(5), batchOf(6, 8, { epoch: 2 }), null)).toEqual({ kind: "gap", expect: 1 });
    expect(judgeBatch(positionAt(5), batchOf(1, 2, { epoch: 2 }), null)).toMatchObject({
      kind: "apply",
      position: { epoch: 2, cursor: 2, hash: hashAt(2) },
    });
  });

  it("Verifies: SYNC-03, SYNC-12: any batches in any order and number leave a beginning of the log, applied once", () => {
    const span = fc
      .tuple(fc.integer({ min: 1, max: 20 }), fc.nat(6))
      .map(([first, more]) => batchOf(first, Math.min(20, first + more)));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 40 }), (batches) => {
        let position = startOfEpoch(1);
        const applied: string[] = [];
        for (const batch of batches) {
          const overlap = overlapOf(position, batch);
          const verdict = judgeBatch(position, batch, overlap === null ? null : hashAt(overlap));
          expect(["apply", "duplicate", "gap"]).toContain(verdict.kind);
          if (verdict.kind !== "apply") continue;
          applied.push(...verdict.lines);
          position = verdict.position;
        }
        expect(applied).toEqual(LOG.slice(0, position.cursor));
        expect(position.hash).toBe(hashAt(position.cursor));
      }),
    );
  });
});

describe("overlapOf", () => {
  it("names the number whose hash must be read: the end of a batch wholly below the cursor", () => {
    expect(overlapOf(positionAt(5), batchOf(2, 4))).toBe(4);
    expect(overlapOf(positionAt(5), batchOf(2, 5))).toBeNull();
    expect(overlapOf(positionAt(5), batchOf(2, 4, { epoch: 2 }))).toBeNull();
  });
});

describe("judgeHello", () => {
  const sender = (lastN: number, changes = {}) => ({ epoch: 1, lastN, lastHash: hashAt(lastN), ...changes });

  it("Verifies: SYNC-08: compares where both stand", () => {
    expect(judgeHello(positionAt(5), sender(9))).toEqual({ kind: "ok", position: positionAt(5) });
    expect(judgeHello(positionAt(5), sender(5))).toEqual({ kind: "ok", position: positionAt(5) });
    expect(judgeHello(positionAt(5), sender(4))).toEqual({ kind: "edge_behind" });
    expect(judgeHello(positionAt(5), sender(5, { lastHash: hashAt(6) }))).toEqual({ kind: "fork", at: 5 });
  });

  it("Verifies: SYNC-07: gives an edge with a new or restored store an epoch that nobody has used", () => {
    const wanting = (epoch: number, lastN = 0) => sender(lastN, { epoch, wantsEpoch: true });
    const given = (epoch: number) => ({ kind: "new_epoch", position: startOfEpoch(epoch) });
    expect(judgeHello(positionAt(5), wanting(1, 9))).toEqual(given(2));
    expect(judgeHello({ ...positionAt(5), epoch: 7 }, wanting(2))).toEqual(given(8));
    expect(judgeHello(startOfEpoch(1), wanting(1)), "nothing has ever come").toEqual({ kind: "begin" });
    expect(judgeHello(positionAt(5), wanting(3)), "higher than all that either side names").toEqual(given(4));
  });

  it("Verifies: SYNC-07: tells of a given epoch until the edge is heard in it, and then refuses lower ones for good", () => {
    const due = { ...startOfEpoch(4), isEpochDue: true };
    expect(judgeHello(due, sender(9, { epoch: 3 }))).toEqual({ kind: "new_epoch", position: startOfEpoch(4) });
    expect(judgeHello(due, sender(0, { epoch: 4 }))).toEqual({ kind: "begin" });
    expect(judgeHello(startOfEpoch(4), sender(9, { epoch: 3 }))).toEqual({ kind: "stale_epoch", current: 4 });
  });

  it("Verifies: SYNC-07: knows an epoch that has ended, and one that begins, also after its first hello", () => {
    expect(judgeHello({ ...positionAt(5), epoch: 2 }, sender(9))).toEqual({ kind: "stale_epoch", current: 2 });
    expect(judgeHello(positionAt(5), sender(0, { epoch: 2 }))).toEqual({ kind: "begin" });
    const begun = { epoch: 2, cursor: 5, hash: hashAt(5), startN: 5 };
    expect(judgeHello(begun, sender(7, { epoch: 2 }))).toEqual({ kind: "begin" });
    expect(judgeHello({ ...begun, startN: 3 }, sender(7, { epoch: 2 }))).toMatchObject({ kind: "ok" });
  });
});

describe("beginningOf", () => {
  const marks = { confirmed: { n: 8, hash: hashAt(8) }, kept: { n: 3, hash: hashAt(3) } };
  const sender = { epoch: 2, lastN: 9, lastHash: hashAt(9) };

  it("Verifies: SYNC-06: goes on after what is confirmed, and with all that is kept when the receiver was set back", () => {
    expect(beginningOf({ ...sender, ...marks }, true)).toEqual({ epoch: 2, cursor: 8, hash: hashAt(8) });
    expect(beginningOf({ ...sender, ...marks }, false)).toEqual({ epoch: 2, cursor: 3, hash: hashAt(3) });
  });

  it("Verifies: SYNC-16: is number 1 for an edge that numbers each epoch anew", () => {
    expect(beginningOf(sender, true)).toEqual(startOfEpoch(2));
    expect(beginningOf(sender, false)).toEqual(startOfEpoch(2));
  });
});
