import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jpegFrames, MAX_FRAME_BYTES } from "./jpeg-frames.ts";

/** A picture's bytes: FF in its data is followed by 00. */
const picture = fc
  .uint8Array({ maxLength: 200 })
  .map((data) =>
    Buffer.concat([
      Buffer.of(0xff, 0xd8),
      Buffer.from([...data].flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]))),
      Buffer.of(0xff, 0xd9),
    ]),
  );

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, nth = 0; at < bytes.length; nth++) {
    const size = sizes[nth % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

function framesIn(chunks: readonly Buffer[]): string[] {
  const frames: string[] = [];
  const take = jpegFrames((jpeg) => frames.push(jpeg.toString("hex")));
  for (const chunk of chunks) take(chunk);
  return frames;
}

describe("jpeg frames", () => {
  it("finds every picture, wherever the stream is cut", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(picture, { maxLength: 6 }), sizes, (pictures, cuts) => {
        expect(framesIn(cut(Buffer.concat(pictures), cuts))).toEqual(pictures.map((one) => one.toString("hex")));
      }),
    );
  });

  it("gets over what is no picture, and over one without an end", () => {
    const good = Buffer.from("ffd80102ffd9", "hex");
    expect(
      framesIn([Buffer.from("no picture"), good, Buffer.of(0xff), Buffer.of(0xd8, 1, 0xff), Buffer.of(0xd9)]),
    ).toEqual(["ffd80102ffd9", "ffd801ffd9"]);
    const endless = [Buffer.of(0xff, 0xd8), ...Array.from({ length: 40 }, () => Buffer.alloc(MAX_FRAME_BYTES / 32, 1))];
    expect(framesIn([...endless, good])).toEqual(["ffd80102ffd9"]);
  });
});
