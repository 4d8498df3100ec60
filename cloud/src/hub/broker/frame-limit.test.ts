import { expect, test } from "vitest";
import { FrameMeter } from "./frame-limit.ts";

/** A packet with a body of `length` bytes (MQTT 3.1.1, 2.2.3). */
function packet(length: number): Buffer {
  const header = [0x30];
  let left = length;
  do {
    const digit = left % 128;
    left = Math.floor(left / 128);
    header.push(left > 0 ? digit | 0x80 : digit);
  } while (left > 0);
  // A body full of what would be a huge length, were it taken for a header.
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
}

test.each([1, 2, 3, 7, 1_000])("packets up to the limit pass, cut into pieces of %i bytes", (piece) => {
  const meter = new FrameMeter(20_000);
  const stream = Buffer.concat([0, 1, 127, 128, 16_383, 16_384, 20_000, 0, 5].map(packet));
  for (let at = 0; at < stream.length; at += piece) expect(meter.take(stream.subarray(at, at + piece))).toBe(true);
});

test("a longer packet is refused by its length alone, before its body", () => {
  const meter = new FrameMeter(20_000);
  expect(meter.take(packet(300))).toBe(true);
  expect(meter.take(packet(20_001).subarray(0, 4))).toBe(false);
});

test("a length field that does not end is refused", () => {
  expect(new FrameMeter(1_000_000_000).take(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
});
