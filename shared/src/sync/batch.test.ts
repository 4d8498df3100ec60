import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BatchHeader } from "../contracts/mqtt/events.ts";
import {
  BATCH_MAX_EVENTS,
  COMPRESS_FROM_BYTES,
  EVENT_MAX_BYTES,
  PROTOCOL_OLDEST,
  PROTOCOL_VERSION,
} from "../contracts/mqtt/protocol.ts";
import { BATCH_WIRE_MAX_BYTES, decodeBatch, encodeBatch } from "./batch.ts";
import { ZERO_HASH } from "./hash-chain.ts";

const headerOf = (count: number): BatchHeader => ({
  v: PROTOCOL_VERSION,
  device_id: "0190f3a1-0000-7000-8000-000000000001",
  epoch: 1,
  first: 1,
  count,
  previous_hash: ZERO_HASH,
});
const raw = (...lines: readonly (object | string)[]): Uint8Array =>
  Buffer.from(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
const faultOf = (bytes: Uint8Array): string => {
  const decoded = decodeBatch(bytes);
  return decoded.ok ? "none" : decoded.error;
};

describe("a batch on the wire", () => {
  it("comes back line for line, whatever text the lines hold", () => {
    const line = fc
      .json()
      .map((text) => text.replaceAll("\n", " "))
      .filter((text) => text.length > 0);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (lines) => {
        expect(decodeBatch(encodeBatch(headerOf(lines.length), lines))).toEqual({
          ok: true,
          value: { header: headerOf(lines.length), lines },
        });
      }),
    );
  });

  it("keeps a byte order mark at the start of a line, since the hash covers it", () => {
    const decoded = decodeBatch(encodeBatch(headerOf(1), ["\uFEFF{}"]));
    expect(decoded).toMatchObject({ value: { lines: ["\uFEFF{}"] } });
  });

  it("is compressed from the named size on", () => {
    const small = encodeBatch(headerOf(1), ["x"]);
    const large = encodeBatch(headerOf(1), ["x".repeat(COMPRESS_FROM_BYTES)]);
    expect(small[0]).toBe("{".charCodeAt(0));
    expect(large.length).toBeLessThan(COMPRESS_FROM_BYTES / 2);
  });

  it("Verifies: SYNC-16: of an edge that speaks the oldest version is read", () => {
    const header = { ...headerOf(1), v: PROTOCOL_OLDEST };
    expect(decodeBatch(encodeBatch(header, ["{}"]))).toEqual({ ok: true, value: { header, lines: ["{}"] } });
  });

  it("refuses a header that counts other lines than there are", () => {
    expect(() => encodeBatch(headerOf(2), ["x"])).toThrow(RangeError);
  });
});

describe("bytes that are no batch", () => {
  it.each([
    ["bad_header", raw("")],
    ["bad_header", raw("[]", "{}")],
    ["bad_header", raw({ ...headerOf(1), epoch: 0 }, "{}")],
    ["bad_header", raw({ ...headerOf(1), previous_hash: "abc" }, "{}")],
    ["unsupported_version", raw({ v: PROTOCOL_VERSION + 1, other: "shape" }, "{}")],
    ["unsupported_version", raw({ ...headerOf(1), v: 0 }, "{}")],
    ["bad_count", raw(headerOf(1))],
    ["bad_count", raw(headerOf(1), "{}", "{}")],
    ["bad_count", raw(headerOf(2), "{}", "")],
    ["bad_text", Buffer.concat([raw(headerOf(1)), Buffer.from([0x0a, 0xc3, 0x28])])],
    ["too_large", raw(headerOf(1), "x".repeat(EVENT_MAX_BYTES + 1))],
    ["too_large", raw(headerOf(1), "ä".repeat(EVENT_MAX_BYTES / 2 + 1))],
    ["too_large", raw(headerOf(BATCH_MAX_EVENTS + 1), ...Array<string>(BATCH_MAX_EVENTS + 1).fill("{}"))],
    ["too_large", Buffer.alloc(BATCH_WIRE_MAX_BYTES + 1, "x")],
    ["bad_compression", zstdCompressSync(raw(headerOf(1), "x".repeat(5_000))).subarray(0, 40)],
  ])("gives %s", (fault, bytes) => {
    expect(faultOf(bytes)).toBe(fault);
  });

  it("stops a small message that would unpack to much", () => {
    const bomb = zstdCompressSync(Buffer.alloc(200 * 1_048_576));
    expect(bomb.length).toBeLessThan(100_000);
    expect(faultOf(bomb)).toBe("too_large");
  });

  it("never throws, for any bytes and any damage to good ones", () => {
    const good = encodeBatch(headerOf(3), ["x".repeat(900), "y".repeat(900), "z"]);
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length)).map(([at, value, end]) => {
      const bytes = Uint8Array.from(good);
      bytes[at] = value;
      return bytes.subarray(0, end);
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        const decoded = decodeBatch(bytes);
        if (decoded.ok) expect(decoded.value.lines.length).toBe(decoded.value.header.count);
      }),
      { numRuns: 500 },
    );
  });
});
