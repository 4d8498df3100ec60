import { describe, expect, test } from "vitest";
import type { WeeklyWindow } from "../../contracts/replica/values.ts";
import { isInWeeklyWindow } from "./weekly.ts";

const night: WeeklyWindow[] = [{ days: ["fri"], from: "22:00", to: "06:00" }];
const office: WeeklyWindow[] = [{ days: ["mon", "tue"], from: "08:00", to: "18:00" }];

describe("isInWeeklyWindow", () => {
  test.each([
    ["2026-03-06T21:59:59+01:00", night, false],
    ["2026-03-06T22:00:00+01:00", night, true],
    ["2026-03-07T05:59:59+01:00", night, true],
    ["2026-03-07T06:00:00+01:00", night, false],
    ["2026-03-08T01:00:00+01:00", night, false],
    ["2026-03-09T08:00:00+01:00", office, true],
    ["2026-03-09T18:00:00+01:00", office, false],
    ["2026-03-11T12:00:00+01:00", office, false],
    ["2026-07-06T08:00:00+02:00", office, true],
    ["2026-07-06T08:00:00+02:00", [], false],
  ])("%s", (instant, windows, expected) => {
    expect(isInWeeklyWindow(windows, "Europe/Berlin", Date.parse(instant))).toBe(expected);
  });

  test("a window whose end equals its start is a whole day", () => {
    const sunday: WeeklyWindow[] = [{ days: ["sun"], from: "06:00", to: "06:00" }];
    expect(isInWeeklyWindow(sunday, "Europe/Berlin", Date.parse("2026-03-09T05:59:00+01:00"))).toBe(true);
    expect(isInWeeklyWindow(sunday, "Europe/Berlin", Date.parse("2026-03-09T06:00:00+01:00"))).toBe(false);
  });
});
