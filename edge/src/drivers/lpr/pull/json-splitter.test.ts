import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonSplitter } from "./json-splitter.ts";

describe("a stream of JSON objects", () => {
  it("is cut into its objects wherever its chunks are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.json()), { maxLength: 6 }),
        fc.integer({ min: 1, max: 30 }),
        (objects, size) => {
          const bytes = Buffer.from(objects.map((one) => JSON.stringify(one)).join("\r\n"));
          const splitter = new JsonSplitter(1_048_576);
          const found: unknown[] = [];
          for (let from = 0; from < bytes.length; from += size)
            for (const part of splitter.feed(bytes.subarray(from, from + size))) found.push(JSON.parse(String(part)));
          expect(found).toEqual(JSON.parse(JSON.stringify(objects)));
        },
      ),
    );
  });

  it("drops what is larger than it may be, and goes on", () => {
    const splitter = new JsonSplitter(100);
    const found = [`{"a":"${"x".repeat(500)}"}`, '{"b":1}'].flatMap((text) => splitter.feed(Buffer.from(text)));
    expect(found.map((part) => part?.toString() ?? null)).toEqual([null, '{"b":1}']);
  });
});
