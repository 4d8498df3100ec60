import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plateInText, type TextLine } from "./plate-in-text.ts";

function line(text: string, at: Partial<{ left: number; top: number; width: number; height: number }> = {}): TextLine {
  const { left = 100, top = 100, width = 200, height = 40 } = at;
  return { text, confidence: 0.9, box: { left, top, right: left + width, bottom: top + height } };
}

const plateOf = (lines: readonly TextLine[], layouts: readonly string[] = []): string | undefined =>
  plateInText(lines, layouts)?.text;

describe("plate in text", () => {
  it("joins parts that stand side by side, whatever order they come in", () => {
    const parts = [line("1025", { left: 250, width: 150 }), line("B AO", { left: 100, width: 130, top: 104 })];
    expect(plateOf(parts)).toBe("B AO 1025");
  });

  it("joins the two rows of a square plate", () => {
    expect(plateOf([line("AB", { top: 100, width: 90 }), line("123C", { top: 145, width: 90 })], ["AA999A"])).toBe(
      "AB123C",
    );
  });

  it("prefers what fits a layout, then the tallest letters: the nearest vehicle", () => {
    const taxi = line("TAXI 4711", { top: 10, height: 60 });
    expect(plateOf([taxi, line("BAO1025")], ["AAA9999"])).toBe("BAO1025");
    expect(plateOf([line("AB123", { top: 300, height: 60 }), line("CD456", { top: 50, height: 30 })])).toBe("AB123");
  });

  it("reads a sign as its twin only where the layout leaves no other (Verifies: SAFE-27)", () => {
    expect(plateOf([line("BA01025")], ["AAA9999"])).toBe("BAO1025");
    expect(plateOf([line("BAO1O25")], ["AAA9999"])).toBe("BAO1025");
    expect(plateOf([line("BAX1X25")], ["AAA9999"])).toBeUndefined();
    expect(plateOf([line("A80123")])).toBe("A80123");
  });

  it("gives up when two layouts fit in different ways (Verifies: SAFE-27)", () => {
    expect(plateOf([line("AB0123")], ["AAA999", "AA9999"])).toBeUndefined();
    expect(plateOf([line("AB4123")], ["AAA999", "AA9999"])).toBe("AB4123");
  });

  it("takes no words, and nothing too short or too long", () => {
    for (const text of ["MERCEDES", "A1", "ABCDE1234567", "?", ""]) expect(plateOf([line(text)])).toBeUndefined();
  });

  it("never makes up a sign: each is what was recognised, or its twin where a layout demands it (Verifies: SAFE-27)", () => {
    const twins = "OQD0IZ1S2G5B68";
    const text = fc.stringMatching(/^[A-Z0-9 ]{0,12}$/);
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 4 }),
        fc.constantFrom([], ["AA999AA"], ["AAA9999", "A9"]),
        (texts, layouts) => {
          const lines = texts.map((one, nth) => line(one, { left: 100 + nth * 210 }));
          const found = plateInText(lines, layouts);
          if (found === null) return;
          const [raw, plain] = [found.raw.replaceAll(" ", ""), found.text.replaceAll(" ", "")];
          expect(plain).toHaveLength(raw.length);
          for (const [at, sign] of [...plain].entries()) {
            if (raw[at] !== sign) expect([twins.includes(sign), twins.includes(raw[at] ?? "")]).toEqual([true, true]);
          }
          if (layouts.length === 0) expect(plain).toBe(raw);
        },
      ),
    );
  });
});
