import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalJson, type Json } from "./canonical-json.ts";

it("orders keys by code unit at every depth and leaves out what is undefined", () => {
  expect(canonicalJson({ b: [{ z: 1, a: null }], a: "ä", c: undefined, B: true })).toBe(
    '{"B":true,"a":"ä","b":[{"a":null,"z":1}]}',
  );
});

it("gives the same text for the same data whatever the order of its keys, and reads back as the same data", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
      const json = data as { [key: string]: Json };
      const turned = Object.fromEntries(Object.entries(json).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(json));
      expect(JSON.parse(canonicalJson(json))).toEqual(JSON.parse(JSON.stringify(json)));
    }),
  );
});
