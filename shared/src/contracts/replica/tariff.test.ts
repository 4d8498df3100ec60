import { describe, expect, test } from "vitest";
import { EVERY_DAY, sampleTariff, stepRate } from "../../domain/tariff/testing/tariff-samples.ts";
import { type Tariff, tariff } from "./tariff.ts";

function messages(changes: Record<string, unknown>): string[] {
  const result = tariff.safeParse({ ...sampleTariff(), ...changes });
  return result.success ? [] : result.error.issues.map((issue) => issue.message);
}

const band = (band_id: string, from: string, to: string, rest: Partial<Tariff["bands"][number]> = {}) => ({
  band_id,
  days: EVERY_DAY,
  from,
  to,
  rate: stepRate(60, 100),
  cap_minor: null,
  ...rest,
});
const dayCap = { cap_id: "day", period: "calendar_day", resets_at: "00:00", cap_minor: 2000 };

describe("a tariff is refused with a sentence that says what to change", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["gap", { bands: [band("a", "06:00", "22:00")] }, "No band covers mon 00:00 to mon 06:00."],
    [
      "gap at the end of the week",
      { bands: [band("a", "00:00", "00:00", { days: ["mon", "tue", "wed", "thu", "fri", "sat"] })] },
      "No band covers sun 00:00 to sun 24:00.",
    ],
    [
      "overlap across midnight",
      { bands: [band("a", "06:00", "22:00"), band("b", "20:00", "06:00")] },
      "Bands a and b both cover mon 20:00 to mon 22:00.",
    ],
    [
      "overlap from Sunday into Monday",
      { bands: [band("a", "00:00", "00:00"), band("b", "22:00", "02:00", { days: ["sun"] })] },
      "Bands a and b both cover mon 00:00 to mon 02:00.",
    ],
    [
      "special day with a gap",
      {
        special_days: [
          {
            special_id: "x",
            dates: ["2026-12-25"],
            bands: [{ band_id: "h", from: "08:00", to: "20:00", rate: { kind: "free" }, cap_minor: null }],
          },
        ],
      },
      "No band covers 00:00 to 08:00.",
    ],
    [
      "date named twice",
      {
        special_days: ["x", "y"].map((special_id) => ({
          special_id,
          dates: ["2026-12-25"],
          bands: [{ band_id: `${special_id}h`, from: "00:00", to: "00:00", rate: { kind: "free" }, cap_minor: null }],
        })),
      },
      "2026-12-25 is named twice; keep it in one list.",
    ],
    [
      "steps that end",
      {
        bands: [
          band("a", "00:00", "00:00", {
            rate: { ...stepRate(60, 100), steps: [{ unit_minutes: 60, price_minor: 1, count: 2 }] },
          }),
        ],
      },
      "Band a: the last step goes on without end; set its count to null.",
    ],
    [
      "step never reached",
      {
        bands: [
          band("a", "00:00", "00:00", {
            rate: {
              ...stepRate(60, 100),
              steps: [
                { unit_minutes: 60, price_minor: 1, count: null },
                { unit_minutes: 60, price_minor: 1, count: null },
              ],
            },
          }),
        ],
      },
      "Band a: step 1 never ends, so those after it are never reached; give it a count.",
    ],
    [
      "flat with cap",
      { bands: [band("a", "00:00", "00:00", { rate: { kind: "flat", price_minor: 5 }, cap_minor: 4 })] },
      "Band a: a flat price needs no cap; set cap_minor to null.",
    ],
    [
      "two day caps",
      { caps: [dayCap, { ...dayCap, cap_id: "other" }] },
      "Caps day and other are both for the period calendar_day; keep one.",
    ],
    [
      "week cap below day cap",
      {
        caps: [
          dayCap,
          { cap_id: "week", period: "calendar_week", resets_on: "mon", resets_at: "00:00", cap_minor: 1500 },
        ],
      },
      "Cap week is lower than day, which is for a shorter period.",
    ],
    [
      "cap that rounding would exceed",
      { caps: [{ ...dayCap, cap_minor: 1999 }], rounding: { scope: "stay", mode: "up", to_minor: 50 } },
      "Rounding to 50 could exceed 1999; choose a multiple.",
    ],
    [
      "occupancy levels out of order",
      {
        multipliers: [
          {
            kind: "occupancy",
            multiplier_id: "o",
            levels: [
              { from_permille: 900, factor_permille: 1200 },
              { from_permille: 500, factor_permille: 1100 },
            ],
            min_factor_permille: 1000,
            max_factor_permille: 1500,
            scales_caps: false,
          },
        ],
      },
      "Sort the levels by from_permille, each only once.",
    ],
    [
      "two factors for one thing",
      {
        multipliers: ["m1", "m2"].map((multiplier_id) => ({
          kind: "spot_type",
          multiplier_id,
          spot_type: "ev",
          factor_permille: 1100,
          scales_caps: false,
        })),
      },
      "There are two multipliers for spot type ev; keep one.",
    ],
    [
      "event that ends before it starts",
      {
        multipliers: [
          {
            kind: "event",
            multiplier_id: "e",
            starts_at: "2026-01-02T00:00:00Z",
            ends_at: "2026-01-01T00:00:00Z",
            factor_permille: 2000,
          },
        ],
      },
      "An event must end after it starts.",
    ],
    [
      "id used twice",
      { caps: [{ ...dayCap, cap_id: "all" }] },
      "The id all is used twice; a receipt couldn't tell the rules apart.",
    ],
    ["unknown zone", { time_zone: "Europe/Bärlin" }, "Give an IANA time zone such as Europe/Berlin."],
  ])("%s", (_name, changes, message) => {
    expect(messages(changes)).toContain(message);
  });

  test("a rule that this version can't compute is refused, not skipped", () => {
    expect(messages({ free_once_per_day: true })[0]).toMatch(/free_once_per_day/);
    expect(messages({ schema_version: 2 })).toHaveLength(1);
  });
});
