import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { chainHash, chainHashes, ZERO_HASH } from "./hash-chain.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

it("Verifies: SYNC-05: H(n) is SHA-256 over the 32 bytes of H(n-1) and the line's UTF-8 bytes", () => {
  const line = '{"plate":"Ä 1"}';
  expect(chainHash(ZERO_HASH, line)).toBe(sha256(Buffer.concat([Buffer.alloc(32), Buffer.from(line)])));
});

it("depends on every line before", () => {
  const [first, second] = chainHashes(ZERO_HASH, ["a", "b"]);
  expect(second).toBe(chainHash(first ?? "", "b"));
  expect(chainHashes(ZERO_HASH, ["x", "b"])[1]).not.toBe(second);
  expect(chainHashes(ZERO_HASH, ["ab"])[0]).not.toBe(second);
});
