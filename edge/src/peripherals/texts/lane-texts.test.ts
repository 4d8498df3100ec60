import { laneLanguage } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import { describe, expect, it } from "vitest";
import { MAX_DISPLAY_TEXT } from "../../ports/display/display-port.ts";
import { laneText, TEXTS } from "./lane-texts.ts";

const keys = Object.keys(TEXTS.en).sort();

describe.each(laneLanguage.options)("texts in %s", (language) => {
  it("has all keys, and no other", () => expect(Object.keys(TEXTS[language]).sort()).toEqual(keys));

  it("fits on a display, with an amount too", () => {
    for (const key of keys) {
      const text = laneText(language, key, { amountMinor: 99_999_99, currency: "EUR" });
      expect(text.length).toBeLessThanOrEqual(MAX_DISPLAY_TEXT);
      expect(text).toMatch(/99[.,\s\u202f]?999/);
    }
  });
});

it("writes amounts as the language does", () => {
  const due = { amountMinor: 450, currency: "EUR" };
  expect(laneText("de", "exit.pay", due)).toBe("Bitte zahlen: 4,50\u00a0€");
  expect(laneText("en", "exit.pay", due)).toBe("Please pay: €4.50");
});

it("shows a key that no language knows, so that nothing is silently blank", () => {
  expect(laneText("fr", "no.such.key")).toBe("no.such.key");
});
