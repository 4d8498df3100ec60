import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ReplicaItem } from "../contracts/mqtt/replica.ts";
import { checksumOf, EMPTY_CHECKSUM, itemHash, xorHash } from "./replica-checksum.ts";

const text = fc.string({ minLength: 1, maxLength: 12 });
const itemsOf = (minLength: number) =>
  fc.uniqueArray(fc.record({ collection: text, key: text, value: text }), {
    minLength,
    selector: ({ collection, key }) => `${collection}\0${key}`,
  });

it("hashes collection, key and value with zero bytes between", () => {
  const expected = createHash("sha256").update("permits\0p1\0{}").digest("hex");
  expect(itemHash({ collection: "permits", key: "p1", value: "{}" })).toBe(expected);
});

it("Verifies: SYNC-09: the checksum is that of the state, whatever order led to it", () => {
  fc.assert(
    fc.property(itemsOf(0), (state) => {
      expect(checksumOf(state.toReversed())).toBe(checksumOf(state));
      expect(state.map(itemHash).reduce(xorHash, EMPTY_CHECKSUM)).toBe(checksumOf(state));
    }),
  );
});

it("Verifies: SYNC-09: putting and taking out an item are the same step, and every change shows", () => {
  fc.assert(
    fc.property(itemsOf(1), text, (state, value) => {
      const [first, ...rest] = state;
      if (!first) throw new Error("there is at least one item");
      const changed: ReplicaItem = { ...first, value: `${first.value}${value}` };
      expect(xorHash(checksumOf(state), itemHash(first))).toBe(checksumOf(rest));
      expect(checksumOf([changed, ...rest])).not.toBe(checksumOf(state));
    }),
  );
});
