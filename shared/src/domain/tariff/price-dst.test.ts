import { describe, expect, test } from "vitest";
import type { Tariff } from "../../contracts/replica/tariff.ts";
import { EVERY_DAY, quoteFor, sampleTariff, stepRate } from "./testing/tariff-samples.ts";

/** 1.00 an hour, but `inner` between `from` and `to`. */
function withInner(from: string, to: string, rate: Tariff["bands"][number]["rate"]): Tariff["bands"] {
  const core = { days: EVERY_DAY, cap_minor: null };
  return [
    { ...core, band_id: "inner", from, to, rate },
    {
      ...core,
      band_id: "outer",
      from: to,
      to: from,
      rate: { ...stepRate(60, 100), counts_from: "band", at_edge: "cut_unit" },
    },
  ];
}

const hourly = { ...stepRate(60, 500), counts_from: "band" as const, at_edge: "cut_unit" as const };
const halfHourly = { ...stepRate(30, 500), counts_from: "band" as const, at_edge: "cut_unit" as const };
const flat = { kind: "flat" as const, price_minor: 500 };

describe("elapsed time is between instants", () => {
  test.each([
    // The wall clock shows 00:30 to 03:30 each time.
    ["Europe/Berlin, an hour missing", "Europe/Berlin", "2026-03-29T00:30:00+01:00", "2026-03-29T03:30:00+02:00", 200],
    ["Europe/Berlin, an hour twice", "Europe/Berlin", "2026-10-25T00:30:00+02:00", "2026-10-25T03:30:00+01:00", 400],
    [
      "America/New_York, an hour missing",
      "America/New_York",
      "2026-03-08T00:30:00-05:00",
      "2026-03-08T03:30:00-04:00",
      200,
    ],
    [
      "America/New_York, an hour twice",
      "America/New_York",
      "2026-11-01T00:30:00-04:00",
      "2026-11-01T03:30:00-05:00",
      400,
    ],
    // Half an hour: 2.5 and 3.5 hours.
    [
      "Australia/Lord_Howe, half an hour missing",
      "Australia/Lord_Howe",
      "2026-10-04T00:30:00+10:30",
      "2026-10-04T03:30:00+11:00",
      300,
    ],
    [
      "Australia/Lord_Howe, half an hour twice",
      "Australia/Lord_Howe",
      "2026-04-05T00:30:00+11:00",
      "2026-04-05T03:30:00+10:30",
      400,
    ],
  ])("%s", (_name, time_zone, entry, exit, expected) => {
    expect(quoteFor(sampleTariff({ time_zone }), [entry, exit]).totalMinor).toBe(expected);
  });
});

describe("edges of bands are on the wall clock", () => {
  test.each([
    // 01:00-02:00 outer, 02:00-03:00 doesn't exist, 03:00-04:00 outer.
    [
      "Berlin: a band in the missing hour isn't charged",
      "Europe/Berlin",
      withInner("02:00", "03:00", hourly),
      "2026-03-29T01:00:00+01:00",
      "2026-03-29T04:00:00+02:00",
      200,
    ],
    // 01:00-02:00 outer, 02:00-03:00 twice, 03:00-04:00 outer.
    [
      "Berlin: the hour that happens twice is charged twice",
      "Europe/Berlin",
      withInner("02:00", "03:00", hourly),
      "2026-10-25T01:00:00+02:00",
      "2026-10-25T04:00:00+01:00",
      100 + 1000 + 100,
    ],
    [
      "Berlin: a flat price buys the band of that date, however long",
      "Europe/Berlin",
      withInner("02:00", "03:00", flat),
      "2026-10-25T01:00:00+02:00",
      "2026-10-25T04:00:00+01:00",
      100 + 500 + 100,
    ],
    // 01:00-02:00 outer, 02:00-02:30 inner, 02:30-03:00 outer, 02:00-02:30 inner again, 02:30-04:00 outer: two started hours.
    [
      "Berlin: the clock goes back into the band",
      "Europe/Berlin",
      withInner("02:00", "02:30", hourly),
      "2026-10-25T01:00:00+02:00",
      "2026-10-25T04:00:00+01:00",
      100 + 500 + 100 + 500 + 200,
    ],
    [
      "Berlin: a flat band that comes back is paid once",
      "Europe/Berlin",
      withInner("02:00", "02:30", flat),
      "2026-10-25T01:00:00+02:00",
      "2026-10-25T04:00:00+01:00",
      100 + 500 + 100 + 200,
    ],
    [
      "New York: a band in the missing hour isn't charged",
      "America/New_York",
      withInner("02:00", "03:00", hourly),
      "2026-03-08T01:00:00-05:00",
      "2026-03-08T04:00:00-04:00",
      200,
    ],
    [
      "New York: the hour that happens twice",
      "America/New_York",
      withInner("01:00", "02:00", hourly),
      "2026-11-01T00:00:00-04:00",
      "2026-11-01T03:00:00-05:00",
      100 + 1000 + 100,
    ],
    // 01:30-02:00 happens twice, one hour in all: two half hours.
    [
      "Lord Howe: the half hour that happens twice",
      "Australia/Lord_Howe",
      withInner("01:30", "02:00", halfHourly),
      "2026-04-05T01:30:00+11:00",
      "2026-04-05T02:00:00+10:30",
      1000,
    ],
    [
      "Lord Howe: the half hour that is missing",
      "Australia/Lord_Howe",
      withInner("02:00", "02:30", halfHourly),
      "2026-10-04T01:30:00+10:30",
      "2026-10-04T03:00:00+11:00",
      200,
    ],
    // 22:00 to 06:00 lasts nine hours.
    [
      "Berlin: a night with 25 hours around it",
      "Europe/Berlin",
      withInner("22:00", "06:00", hourly),
      "2026-10-24T22:00:00+02:00",
      "2026-10-25T06:00:00+01:00",
      9 * 500,
    ],
    [
      "Berlin: a night with 23 hours around it",
      "Europe/Berlin",
      withInner("22:00", "06:00", hourly),
      "2026-03-28T22:00:00+01:00",
      "2026-03-29T06:00:00+02:00",
      7 * 500,
    ],
  ])("%s", (_name, time_zone, bands, entry, exit, expected) => {
    expect(quoteFor(sampleTariff({ time_zone, bands }), [entry, exit]).totalMinor).toBe(expected);
  });
});

describe("caps on long and short days", () => {
  const calendar: Tariff["caps"] = [{ cap_id: "c", period: "calendar_day", resets_at: "00:00", cap_minor: 2400 }];
  const rolling: Tariff["caps"] = [{ cap_id: "c", period: "rolling", hours: 24, cap_minor: 2400 }];
  test.each([
    [
      "a calendar day of 25 hours has one cap",
      calendar,
      "2026-10-25T00:00:00+02:00",
      "2026-10-26T00:00:00+01:00",
      2400,
    ],
    [
      "24 rolling hours end before that day does",
      rolling,
      "2026-10-25T00:00:00+02:00",
      "2026-10-26T00:00:00+01:00",
      2500,
    ],
    ["a calendar day of 23 hours", calendar, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 2300],
  ])("%s", (_name, caps, entry, exit, expected) => {
    expect(quoteFor(sampleTariff({ caps }), [entry, exit]).totalMinor).toBe(expected);
  });
});
