import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyOrderTime, cameraTime } from "./camera-time.ts";

const berlin = { timeZone: "Europe/Berlin" };
const SUMMER = Date.UTC(2026, 4, 4, 5, 30, 0, 250);

describe("a camera's time stamp", () => {
  it.each<[unknown, number | null]>([
    ["2026-05-04T07:30:00.250+02:00", SUMMER],
    ["2026-05-04T05:30:00.250Z", SUMMER],
    ["2026-05-04 05:30:00.250000+00:00", SUMMER],
    ["2026-05-04 07:30:00.250", SUMMER],
    ["2026/05/04 07:30:00", SUMMER - 250],
    ["20260504 073000250", SUMMER],
    ["20260504T073000", SUMMER - 250],
    [String(SUMMER), SUMMER],
    [SUMMER, SUMMER],
    [SUMMER / 1_000, SUMMER],
    [String(Math.floor(SUMMER / 1_000)), SUMMER - 250],
    ["1970-01-01T00:00:05Z", 5_000],
    ["2026-13-04 07:30:00", null],
    ["2026-05-04 07:61:00", null],
    ["yesterday", null],
    ["", null],
    [null, null],
    [Number.NaN, null],
    [-5, null],
    [1e300, null],
  ])("%j is %j", (stamp, expected) => {
    expect(cameraTime(stamp, berlin)).toBe(expected);
  });

  it("takes the first of the hour that comes twice, and the hour after the one that never comes", () => {
    expect(cameraTime("2026-10-25 02:30:00", berlin)).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(cameraTime("2026-03-29 02:30:00", berlin)).toBe(Date.UTC(2026, 2, 29, 1, 30));
  });

  it("reads back what a zone's clock shows", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 946_684_800, max: 4_102_444_800 }),
        fc.constantFrom("Asia/Kathmandu", "America/New_York", "UTC"),
        (seconds, timeZone) => {
          const parts = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
          const read = cameraTime(parts.format(seconds * 1_000), { timeZone }) ?? 0;
          expect(Math.abs(read - seconds * 1_000) % 3_600_000).toBe(0);
        },
      ),
    );
  });
});

describe("a date whose order nobody knows", () => {
  const context = { timeZone: "UTC", receivedAt: wallMs(Date.UTC(2026, 10, 3, 12)) };
  it.each<[string, number]>([
    ["2026-11-03", Date.UTC(2026, 10, 3, 11, 49, 22)],
    ["11/03/2026", Date.UTC(2026, 10, 3, 11, 49, 22)],
    ["03/11/2026", Date.UTC(2026, 10, 3, 11, 49, 22)],
    ["25/10/2026", Date.UTC(2026, 9, 25, 11, 49, 22)],
  ])("%s is the reading nearest to now", (date, expected) => {
    expect(anyOrderTime(date, "11:49:22", context)).toBe(expected);
  });

  it.each([
    ["", "11:49:22"],
    ["a/b/c", "1:2:3"],
    ["2026-11-03", ""],
    ["99/99/2026", "11:49:22"],
  ])("%j %j is none", (date, time) => {
    expect(anyOrderTime(date, time, context)).toBeNull();
  });
});
