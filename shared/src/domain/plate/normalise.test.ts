import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { confusableKey, normalisePlate } from "./normalise.ts";

describe("normalisePlate", () => {
  test.each([
    ["b-ab 123", "BAB123"],
    ["  M·XY•99e ", "MXY99E"],
    ["ＡＢ１２３", "AB123"],
    ["京A·12345", "京A12345"],
    ["粤Ｂ·Ｄ12345", "粤BD12345"],
    ["А123ВС77", "А123ВС77"],
    ["أ ب ج ١٢٣٤", "أبج1234"],
    ["۱۲ ب ۳۴۵", "12ب345"],
    ["กข ๑๒๓๔", "กข1234"],
    ["Ö-XY 1", "ÖXY1"],
  ])("%s becomes %s", (raw, expected) => {
    expect(normalisePlate(raw)).toBe(expected);
  });

  test.each([
    "",
    "   ",
    "-·-",
    "unknown",
    "UNKNOWN",
    "No Plate",
    "NO_PLATE",
    "n/a",
    "无车牌",
    "None",
    "no read",
    "x".repeat(21),
    "A".repeat(65),
  ])("%j names no plate", (raw) => {
    expect(normalisePlate(raw)).toBeNull();
  });

  test.each(["AB?123", "AB*123", "AB_123", "AB\uFFFD123"])(
    "%s has an unreadable character, so it is nobody's plate",
    (raw) => {
      expect(normalisePlate(raw)).toBeNull();
    },
  );

  test("is stable: a normalised plate stays what it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 24 }), (raw) => {
        const once = normalisePlate(raw);
        if (once !== null) expect(normalisePlate(once)).toBe(once);
      }),
    );
  });

  test("a plain read and the same with separators or small letters are one plate", () => {
    const plain = fc.stringMatching(/^([A-Z0-9]{1,20}|NOPLATE|NOREAD|NONE|NULL)$/);
    fc.assert(
      fc.property(plain, (raw) => {
        expect(normalisePlate(`-${raw.toLowerCase()} `)).toBe(normalisePlate(raw));
      }),
    );
  });

  test("looks alike in one script or several, but is never made equal", () => {
    expect(confusableKey("AB0123")).toBe(confusableKey("A8OI23"));
    expect(confusableKey("А123ВС")).toBe(confusableKey("A123BC"));
    expect(normalisePlate("А123ВС")).not.toBe(normalisePlate("A123BC"));
    expect(confusableKey("AB123")).not.toBe(confusableKey("AB124"));
  });
});
