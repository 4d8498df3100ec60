import { REPLICA_PART_MAX_BYTES, REPLICA_PART_MAX_ITEMS } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { replicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import { expect, it } from "vitest";
import { joinSteps, snapshotParts } from "./update-messages.ts";

const HEAD = { version: 1, checksum: EMPTY_CHECKSUM };
const itemOf = (index: number, value: string) => ({ collection: "permits", key: `key-${index}`, value });
const bytesOf = (message: object): number => Buffer.byteLength(JSON.stringify(message));

it("Verifies: SYNC-09: parts of a snapshot keep to the limits of items and of bytes, and lose nothing", () => {
  const small = Array.from({ length: 2 * REPLICA_PART_MAX_ITEMS + 1 }, (_, index) => itemOf(index, "{}"));
  expect(snapshotParts(HEAD, small).map((part) => part.kind === "snapshot" && part.items.length)).toEqual([
    REPLICA_PART_MAX_ITEMS,
    REPLICA_PART_MAX_ITEMS,
    1,
  ]);
  const large = Array.from({ length: 100 }, (_, index) => itemOf(index, '{"a":"€"}'.repeat(2_000)));
  const parts = snapshotParts(HEAD, large);
  expect(Math.max(...parts.map(bytesOf))).toBeLessThanOrEqual(REPLICA_PART_MAX_BYTES);
  expect(parts.flatMap((part) => (part.kind === "snapshot" ? part.items : []))).toEqual(large);
  expect(parts.every((part, index) => part.kind === "snapshot" && part.part === index)).toBe(true);
  expect(snapshotParts(HEAD, [])).toMatchObject([{ part: 0, parts: 1, items: [] }]);
});

it("Verifies: SYNC-09: the largest item that the contract allows fits a message by itself", () => {
  const largest = replicaItem.parse({
    collection: "c".repeat(32),
    key: "\u20ac".repeat(128),
    value: "\u20ac".repeat(65_536),
  });
  const [part, ...more] = snapshotParts(HEAD, [largest]);
  expect(more).toEqual([]);
  expect(bytesOf(part ?? {})).toBeLessThanOrEqual(REPLICA_PART_MAX_BYTES);
});

it("Verifies: SYNC-09: deltas are joined as far as one message carries them", () => {
  const value = "x".repeat(60_000);
  const steps = Array.from({ length: 9 }, (_, index) => ({
    version: index + 1,
    checksum: EMPTY_CHECKSUM,
    changes: [{ op: "put" as const, ...itemOf(index, value) }],
  }));
  const deltas = joinSteps(0, steps);
  expect(deltas.map(({ from, to }) => [from, to])).toEqual([
    [0, 4],
    [4, 8],
    [8, 9],
  ]);
  expect(Math.max(...deltas.map(bytesOf))).toBeLessThanOrEqual(REPLICA_PART_MAX_BYTES);
});
