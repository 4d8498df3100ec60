import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchPlate } from "./match.ts";

describe("matchPlate", () => {
  test("an exact plate wins over look-alikes", () => {
    expect(matchPlate("AB0123", ["ABO123", "AB0123", "A80123"])).toEqual({ kind: "exact", plate: "AB0123" });
  });

  test("Verifies: SAFE-27 look-alikes are listed, never chosen", () => {
    expect(matchPlate("ABQ123", ["ABO123", "A80123", "ABO123", "XY9"])).toEqual({
      kind: "resembles",
      plates: ["ABO123", "A80123"],
    });
  });

  test("nothing alike is none", () => {
    expect(matchPlate("AB123", ["AB124", "AB1234", ""])).toEqual({ kind: "none" });
    expect(matchPlate("AB123", [])).toEqual({ kind: "none" });
  });

  test("is exact if and only if the plate is among the candidates", () => {
    const plate = fc.string({
      unit: fc.constantFrom("0", "O", "Q", "1", "I", "B", "8", "X"),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(plate, fc.array(plate, { maxLength: 20 }), (read, known) => {
        expect(matchPlate(read, known).kind === "exact").toBe(known.includes(read));
      }),
    );
  });
});
