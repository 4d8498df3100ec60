import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { dayOfDate, readWallClock, zoneSpanAt } from "./zone.ts";

const at = (text: string): number => Date.parse(text);
const MINUTE = 60_000;

describe("zoneSpanAt", () => {
  test.each([
    ["Europe/Berlin", "2026-03-29T00:59:59.999Z", 60, "2026-03-29T01:00:00Z"],
    ["Europe/Berlin", "2026-03-29T01:00:00Z", 120, "2026-10-25T01:00:00Z"],
    ["America/New_York", "2026-11-01T06:00:00Z", -300, "2027-03-14T07:00:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", 630, "2026-10-03T15:30:00Z"],
    ["Australia/Lord_Howe", "2026-10-03T15:30:00Z", 660, "2027-04-03T15:00:00Z"],
  ])("%s at %s", (zone, instant, offsetMinutes, until) => {
    const span = zoneSpanAt(zone, at(instant));
    expect(span.offsetMs).toBe(offsetMinutes * MINUTE);
    expect(span.until).toBe(at(until));
  });

  test("a zone without transitions has one endless span", () => {
    expect(zoneSpanAt("Etc/UTC", at("2026-01-01T00:00:00Z"))).toEqual({
      from: Number.NEGATIVE_INFINITY,
      until: Number.POSITIVE_INFINITY,
      offsetMs: 0,
    });
  });

  test("an unknown zone is refused", () => {
    expect(() => zoneSpanAt("Mars/Olympus", 0)).toThrow(RangeError);
  });
});

describe("readWallClock", () => {
  test("agrees with Temporal in every zone at any instant", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at("2000-01-01"), max: at("2040-01-01") }),
        (zone, instant) => {
          const reading = readWallClock(zone, instant);
          const expected = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
          expect(reading.day).toBe(dayOfDate(expected.toPlainDate().toString()));
          expect(reading.weekday + 1).toBe(expected.dayOfWeek);
          expect(reading.timeMs).toBe(
            ((expected.hour * 60 + expected.minute) * 60 + expected.second) * 1000 + expected.millisecond,
          );
        },
      ),
    );
  });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY, -1, Number.POSITIVE_INFINITY])(
    "%d is clamped into the calendar",
    (instant) => {
      expect(Number.isFinite(readWallClock("Europe/Berlin", instant).timeMs)).toBe(true);
    },
  );
});
