import { describe, expect, test } from "vitest";
import { tariff } from "../../contracts/replica/tariff.ts";
import { exampleTariffs } from "./examples.ts";
import { quoteFor } from "./testing/tariff-samples.ts";

const id = (last: number): string => `00000000-0000-7000-8000-00000000000${last}`;
const examples = exampleTariffs({
  timeZone: "Europe/Berlin",
  currency: "EUR",
  ids: { cityDayNight: id(1), flatEvening: id(2), earlyBird: id(3) },
});

describe("example tariffs", () => {
  test.each(Object.entries(examples))("%s passes the schema", (_name, example) => {
    expect(tariff.safeParse(example).error?.issues).toBeUndefined();
  });

  test.each([
    ["grace", "cityDayNight", "2026-03-02T08:30:00+01:00", "2026-03-02T08:40:00+01:00", 0],
    // An hour and one half hour.
    ["an hour and a half", "cityDayNight", "2026-03-02T08:30:00+01:00", "2026-03-02T10:00:00+01:00", 400],
    // First 24 hours at the cap of 24.00, then fifteen half hours.
    ["a night and a day", "cityDayNight", "2026-03-02T08:30:00+01:00", "2026-03-03T16:00:00+01:00", 3900],
    ["a week and more", "cityDayNight", "2026-03-02T08:30:00+01:00", "2026-03-09T08:30:00+01:00", 9600],
    // Started hour 17-18, then the evening.
    ["an evening", "flatEvening", "2026-03-02T17:00:00+01:00", "2026-03-02T23:00:00+01:00", 700],
    ["a Sunday", "flatEvening", "2026-03-08T10:00:00+01:00", "2026-03-08T20:00:00+01:00", 400],
    ["Christmas", "flatEvening", "2026-12-25T10:00:00+01:00", "2026-12-25T20:00:00+01:00", 400],
    ["a commuter", "earlyBird", "2026-03-02T07:30:00+01:00", "2026-03-02T17:30:00+01:00", 900],
    ["who leaves before 15:00", "earlyBird", "2026-03-02T07:30:00+01:00", "2026-03-02T14:30:00+01:00", 1750],
    ["on a Saturday", "earlyBird", "2026-03-07T07:30:00+01:00", "2026-03-07T17:30:00+01:00", 1800],
  ] as const)("%s by %s", (_name, name, entry, exit, expected) => {
    expect(quoteFor(examples[name], [entry, exit]).totalMinor).toBe(expected);
  });
});
