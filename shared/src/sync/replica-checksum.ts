import { createHash } from "node:crypto";
import type { ReplicaItem } from "../contracts/mqtt/replica.ts";
import { ZERO_HASH } from "./hash-chain.ts";

/** The checksum of a replica without items. */
export const EMPTY_CHECKSUM = ZERO_HASH;

/** SHA-256(collection \0 key \0 value) as hex; `value` is the item's canonical JSON text as it travels and is kept. */
export function itemHash({ collection, key, value }: ReplicaItem): string {
  return createHash("sha256").update(`${collection}\0${key}\0${value}`, "utf8").digest("hex");
}

/** Bitwise exclusive or of two hashes in hex. Its own inverse: adding an item and taking it out are the same. */
export function xorHash(leftHex: string, rightHex: string): string {
  const left = Buffer.from(leftHex, "hex");
  const right = Buffer.from(rightHex, "hex");
  for (let i = 0; i < left.length; i++) left[i] = (left[i] ?? 0) ^ (right[i] ?? 0);
  return left.toString("hex");
}

/**
 * The checksum of a whole state: the exclusive or of its items' hashes. It doesn't depend on their order, and changes
 * with an item in constant time: `checksum ^ hash(old) ^ hash(new)`.
 */
export function checksumOf(items: Iterable<ReplicaItem>): string {
  const sum = Buffer.alloc(32);
  for (const item of items) {
    const hash = Buffer.from(itemHash(item), "hex");
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) ^ (hash[i] ?? 0);
  }
  return sum.toString("hex");
}
