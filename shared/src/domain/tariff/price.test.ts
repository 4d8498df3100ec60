import { describe, expect, test } from "vitest";
import type { Tariff, TariffRate } from "../../contracts/replica/tariff.ts";
import { fromIso, wallMs } from "../../kit/clock.ts";
import { noContext, price } from "./price.ts";
import { EVERY_DAY, quoteFor, sampleTariff, stepRate } from "./testing/tariff-samples.ts";

const firstHourThenHalf: TariffRate = {
  kind: "steps",
  steps: [
    { unit_minutes: 60, price_minor: 300, count: 1 },
    { unit_minutes: 30, price_minor: 100, count: null },
  ],
  counts_from: "stay",
  at_edge: "finish_unit",
};

function allDay(rate: TariffRate, cap_minor: number | null = null): Tariff["bands"] {
  return [{ band_id: "all", days: EVERY_DAY, from: "00:00", to: "00:00", rate, cap_minor }];
}

/** 2.00 an hour from 08:00 to 20:00, 0.50 an hour at night. */
function dayNight(options: { counts_from: "stay" | "band"; at_edge: "cut_unit" | "finish_unit" }): Tariff["bands"] {
  const core = { days: EVERY_DAY, cap_minor: null };
  return [
    { ...core, band_id: "day", from: "08:00", to: "20:00", rate: { ...stepRate(60, 200), ...options } },
    { ...core, band_id: "night", from: "20:00", to: "08:00", rate: { ...stepRate(60, 50), ...options } },
  ];
}

/** A winter Monday in Berlin; UTC+1. */
const monday = (time: string): string => `2026-03-02T${time}+01:00`;
const tuesday = (time: string): string => `2026-03-03T${time}+01:00`;

describe("steps", () => {
  const sample = sampleTariff({ bands: allDay(firstHourThenHalf) });
  test.each([
    ["10:00:00", 0],
    ["10:00:00.001", 300],
    ["11:00:00", 300],
    ["11:00:00.001", 400],
    ["11:30:00", 400],
    ["11:30:01", 500],
    ["13:00:00", 700],
  ])("from 10:00:00 to %s", (exit, expected) => {
    expect(quoteFor(sample, [monday("10:00:00"), monday(exit)]).totalMinor).toBe(expected);
  });

  test("the table begins anew each 24 hours where it says so", () => {
    const anew = sampleTariff({ bands: allDay({ ...firstHourThenHalf, counts_from: "each_24h" }) });
    // 3.00 + 46 half hours, then 3.00 + 1 half hour.
    const expected = 300 + 46 * 100 + 300 + 100;
    expect(quoteFor(anew, [monday("10:00:00"), tuesday("11:30:00")]).totalMinor).toBe(expected);
  });
});

describe("bands across midnight", () => {
  test.each<[string, Parameters<typeof dayNight>[0], number]>([
    // 19:30-20:30 by day price, then 20:30-08:30 twelve night units, then 08:30-09:30.
    ["finished units", { counts_from: "stay", at_edge: "finish_unit" }, 200 + 12 * 50 + 200],
    // 19:30-20:00 by day, 20:00-08:00 twelve by night, 08:00-09:00 by day; at 09:00 sharp none.
    ["cut units", { counts_from: "band", at_edge: "cut_unit" }, 200 + 12 * 50 + 200],
    // Units of the stay start at :30; those cut by an edge are charged on both sides of it.
    ["cut units of the stay's own grid", { counts_from: "stay", at_edge: "cut_unit" }, 200 + 13 * 50 + 2 * 200],
  ])("%s", (_name, options, expected) => {
    const sample = sampleTariff({ bands: dayNight(options) });
    expect(quoteFor(sample, [monday("19:30:00"), tuesday("09:00:00")]).totalMinor).toBe(expected);
  });

  test("a flat evening is paid once, and again on the next evening", () => {
    const core = { days: EVERY_DAY, cap_minor: null };
    const sample = sampleTariff({
      bands: [
        { ...core, band_id: "day", from: "06:00", to: "18:00", rate: { kind: "free" } },
        { ...core, band_id: "evening", from: "18:00", to: "06:00", rate: { kind: "flat", price_minor: 500 } },
      ],
    });
    expect(quoteFor(sample, [monday("17:00:00"), monday("18:00:00")]).totalMinor).toBe(0);
    expect(quoteFor(sample, [monday("17:00:00"), monday("18:00:01")]).totalMinor).toBe(500);
    expect(quoteFor(sample, [monday("23:00:00"), tuesday("05:59:00")]).totalMinor).toBe(500);
    expect(quoteFor(sample, [monday("23:00:00"), tuesday("18:30:00")]).totalMinor).toBe(1000);
  });

  test("a weekend has its own price from Saturday 00:00 on", () => {
    const sample = sampleTariff({
      bands: [
        {
          band_id: "week",
          days: ["mon", "tue", "wed", "thu", "fri"],
          from: "00:00",
          to: "00:00",
          rate: stepRate(60, 100),
          cap_minor: null,
        },
        {
          band_id: "weekend",
          days: ["sat", "sun"],
          from: "00:00",
          to: "00:00",
          rate: { kind: "flat", price_minor: 250 },
          cap_minor: null,
        },
      ],
    });
    // Friday 22:00 to Monday 01:00: two hours, Saturday, Sunday, one hour.
    expect(quoteFor(sample, ["2026-03-06T22:00:00+01:00", "2026-03-09T01:00:00+01:00"]).totalMinor).toBe(
      200 + 500 + 100,
    );
  });

  test("a special day replaces its date, and only that", () => {
    const sample = sampleTariff({
      bands: dayNight({ counts_from: "band", at_edge: "cut_unit" }),
      special_days: [
        {
          special_id: "xmas",
          dates: ["2026-12-25"],
          bands: [
            {
              band_id: "xmas_day",
              from: "00:00",
              to: "00:00",
              rate: { kind: "flat", price_minor: 111 },
              cap_minor: null,
            },
          ],
        },
      ],
    });
    // 24th 22:00-24:00 two night hours; the 25th flat; 26th 00:00-01:00 one night hour.
    expect(quoteFor(sample, ["2026-12-24T22:00:00+01:00", "2026-12-26T01:00:00+01:00"]).totalMinor).toBe(
      100 + 111 + 50,
    );
  });
});

describe("grace and free minutes", () => {
  test("entry grace: free up to and at its end, else charged from the start", () => {
    const sample = sampleTariff({ entry_grace_minutes: 10 });
    expect(quoteFor(sample, [monday("10:00:00"), monday("10:10:00")])).toMatchObject({
      totalMinor: 0,
      leaveBy: fromIso(monday("10:10:00")),
      lines: [{ kind: "entry_grace" }],
    });
    expect(quoteFor(sample, [monday("10:00:00"), monday("10:10:01")]).totalMinor).toBe(100);
    expect(quoteFor(sample, [monday("10:00:00"), monday("11:00:01")]).totalMinor).toBe(200);
  });

  test("free minutes are never charged, so units start after them", () => {
    const sample = sampleTariff({ free_minutes: 30 });
    expect(quoteFor(sample, [monday("10:00:00"), monday("10:30:00")]).totalMinor).toBe(0);
    expect(quoteFor(sample, [monday("10:00:00"), monday("11:30:00")]).totalMinor).toBe(100);
    expect(quoteFor(sample, [monday("10:00:00"), monday("11:30:01")]).totalMinor).toBe(200);
  });
});

describe("caps", () => {
  const stay: [string, string] = ["2026-03-02T10:00:00+01:00", "2026-03-04T13:00:00+01:00"];
  test.each<[string, Tariff["caps"], number]>([
    ["none: 51 hours", [], 5100],
    ["per stay", [{ cap_id: "c", period: "stay", cap_minor: 1234 }], 1234],
    // 10:00-10:00 twice 8.00, then three hours.
    ["rolling 24 h", [{ cap_id: "c", period: "rolling", hours: 24, cap_minor: 800 }], 800 + 800 + 300],
    // Monday 14 h, Tuesday 24 h, Wednesday 13 h.
    ["calendar day", [{ cap_id: "c", period: "calendar_day", resets_at: "00:00", cap_minor: 800 }], 800 * 3],
    // Day from 05:00: Monday 10:00-05:00 19 h, Tuesday 24 h, Wednesday 05:00-13:00 8 h of 8.50.
    [
      "day that resets at 05:00",
      [{ cap_id: "c", period: "calendar_day", resets_at: "05:00", cap_minor: 850 }],
      850 * 2 + 800,
    ],
    [
      "week over days",
      [
        { cap_id: "d", period: "calendar_day", resets_at: "00:00", cap_minor: 800 },
        { cap_id: "w", period: "calendar_week", resets_on: "mon", resets_at: "00:00", cap_minor: 1900 },
      ],
      1900,
    ],
    [
      "week that begins anew on Tuesday noon",
      [{ cap_id: "w", period: "calendar_week", resets_on: "tue", resets_at: "12:00", cap_minor: 1000 }],
      2000,
    ],
  ])("%s", (_name, caps, expected) => {
    expect(quoteFor(sampleTariff({ caps }), stay).totalMinor).toBe(expected);
  });

  test("per band, for each occurrence of it alone", () => {
    const bands = dayNight({ counts_from: "band", at_edge: "cut_unit" }).map((band) =>
      band.band_id === "night" ? { ...band, cap_minor: 120 } : band,
    );
    // Monday 10:00-20:00, night capped, Tuesday 08:00-20:00, night capped, Wednesday 08:00-13:00.
    expect(quoteFor(sampleTariff({ bands }), stay).totalMinor).toBe(2000 + 120 + 2400 + 120 + 1000);
  });

  test("the quote says which cap took how much", () => {
    const caps: Tariff["caps"] = [{ cap_id: "day_max", period: "rolling", hours: 24, cap_minor: 250 }];
    const { lines } = quoteFor(sampleTariff({ caps }), [monday("10:00:00"), monday("14:00:00")]);
    expect(lines).toMatchObject([
      { kind: "band", ruleId: "all/1", units: 4, unitMinutes: 60, unitPriceMinor: 100, amountMinor: 400 },
      {
        kind: "cap",
        ruleId: "day_max",
        amountMinor: -150,
        from: fromIso(monday("12:00:00")),
        to: fromIso(monday("14:00:00")),
      },
    ]);
  });
});

describe("early bird", () => {
  const sample = sampleTariff({
    early_birds: [
      {
        early_bird_id: "eb",
        days: ["mon", "tue", "wed", "thu", "fri"],
        entry_from: "05:00",
        entry_to: "09:00",
        exit_days_later: 0,
        exit_from: "15:00",
        exit_to: "20:00",
        price_minor: 650,
        on_special_days: false,
      },
    ],
    special_days: [
      {
        special_id: "x",
        dates: ["2026-03-03"],
        bands: [{ band_id: "h", from: "00:00", to: "00:00", rate: stepRate(60, 100), cap_minor: null }],
      },
    ],
  });
  test.each([
    ["05:00:00", "15:00:00", 650],
    ["08:59:59", "19:59:59", 650],
    ["04:59:59", "15:00:00", 1100],
    ["09:00:00", "17:00:00", 800],
    ["08:00:00", "14:59:59", 700],
    ["08:00:00", "20:00:00", 1200],
    ["08:59:00", "15:00:00", 650],
  ])("from %s to %s", (entry, exit, expected) => {
    expect(quoteFor(sample, [monday(entry), monday(exit)]).totalMinor).toBe(expected);
  });

  test("not for who leaves in the exit window of another day", () => {
    expect(quoteFor(sample, [monday("08:00:00"), "2026-03-04T16:00:00+01:00"]).totalMinor).toBe(5600);
  });

  test("not on special days, not on weekends, never dearer than the hours", () => {
    expect(quoteFor(sample, [tuesday("08:00:00"), tuesday("16:00:00")]).totalMinor).toBe(800);
    expect(quoteFor(sample, ["2026-03-07T08:00:00+01:00", "2026-03-07T16:00:00+01:00"]).totalMinor).toBe(800);
    expect(
      quoteFor({ ...sample, early_birds: sample.early_birds.map((bird) => ({ ...bird, price_minor: 5000 })) }, [
        monday("08:00:00"),
        monday("16:00:00"),
      ]).totalMinor,
    ).toBe(800);
  });
});

describe("multipliers", () => {
  const caps: Tariff["caps"] = [{ cap_id: "c", period: "stay", cap_minor: 400 }];
  const stay: [string, string] = [monday("10:00:00"), monday("13:00:00")];
  const spot = (scales_caps: boolean): Tariff["multipliers"] => [
    { kind: "spot_type", multiplier_id: "ev", spot_type: "ev", factor_permille: 2000, scales_caps },
  ];
  test("a spot type's factor changes prices, and caps only where it says so", () => {
    expect(quoteFor(sampleTariff({ caps, multipliers: spot(false) }), stay, { spotType: "ev" }).totalMinor).toBe(400);
    expect(quoteFor(sampleTariff({ caps, multipliers: spot(true) }), stay, { spotType: "ev" }).totalMinor).toBe(600);
    expect(quoteFor(sampleTariff({ caps, multipliers: spot(true) }), stay, { spotType: "standard" }).totalMinor).toBe(
      300,
    );
  });

  test("occupancy counts by the level at entry, within its limits", () => {
    const multipliers: Tariff["multipliers"] = [
      {
        kind: "occupancy",
        multiplier_id: "busy",
        levels: [
          { from_permille: 0, factor_permille: 500 },
          { from_permille: 500, factor_permille: 1000 },
          { from_permille: 900, factor_permille: 3000 },
        ],
        min_factor_permille: 800,
        max_factor_permille: 1500,
        scales_caps: false,
      },
    ];
    const at = (occupancyPermilleAtEntry: number | null): number =>
      quoteFor(sampleTariff({ multipliers }), stay, { occupancyPermilleAtEntry }).totalMinor;
    expect([at(0), at(499), at(500), at(899), at(900), at(1000), at(null)]).toEqual([
      240, 240, 300, 300, 450, 450, 300,
    ]);
  });

  test("an event raises the units that start within it", () => {
    const multipliers: Tariff["multipliers"] = [
      {
        kind: "event",
        multiplier_id: "concert",
        starts_at: monday("11:00:00"),
        ends_at: monday("12:00:00"),
        factor_permille: 2500,
      },
    ];
    expect(quoteFor(sampleTariff({ multipliers }), stay).totalMinor).toBe(100 + 250 + 100);
  });

  test("factors multiply and are rounded once", () => {
    const multipliers: Tariff["multipliers"] = [
      { kind: "vehicle_class", multiplier_id: "v", vehicle_class: "van", factor_permille: 1115, scales_caps: false },
      ...spot(false),
    ];
    const bands = allDay(stepRate(60, 99));
    // 99 x 1.115 x 2 = 220.77
    expect(
      quoteFor(sampleTariff({ bands, multipliers }), [monday("10:00:00"), monday("11:00:00")], {
        spotType: "ev",
        vehicleClass: "van",
      }).totalMinor,
    ).toBe(221);
  });
});

describe("validations", () => {
  const stay: [string, string] = [monday("18:30:00"), monday("21:30:00")];
  const bands = dayNight({ counts_from: "band", at_edge: "cut_unit" });
  const sample = sampleTariff({ bands });
  // 18:30-20:00 two day units, 20:00-21:30 two night units: 5.00.
  test.each([
    ["none", [], 500],
    ["an amount", [{ kind: "amount", validationId: "a", amountMinor: 120 }], 380],
    ["an amount above the fee", [{ kind: "amount", validationId: "a", amountMinor: 9000 }], 0],
    ["per cents", [{ kind: "percent", validationId: "p", percentPermille: 333 }], 333],
    ["free time at the start", [{ kind: "free_time", validationId: "f", minutes: 90, taken: "from_start" }], 100],
    ["free time at the end", [{ kind: "free_time", validationId: "f", minutes: 90, taken: "from_end" }], 400],
    [
      "free time where it saves more",
      [{ kind: "free_time", validationId: "f", minutes: 90, taken: "where_cheapest" }],
      100,
    ],
    ["more free time than the stay", [{ kind: "free_time", validationId: "f", minutes: 900, taken: "from_start" }], 0],
    [
      "per cents before amounts, however they are named",
      [
        { kind: "amount", validationId: "a", amountMinor: 100 },
        { kind: "percent", validationId: "p", percentPermille: 500 },
      ],
      150,
    ],
  ] as const)("%s", (_name, validations, expected) => {
    expect(quoteFor(sample, stay, { validations }).totalMinor).toBe(expected);
  });

  test("free time is taken at the end where that saves more", () => {
    // 06:30-08:00 two night units, 08:00-09:30 two day units; without the last 90 minutes only the night is left.
    const validations = [{ kind: "free_time", validationId: "f", minutes: 90, taken: "where_cheapest" }] as const;
    const quote = quoteFor(sample, [monday("06:30:00"), monday("09:30:00")], { validations });
    expect(quote.totalMinor).toBe(100);
    expect(quote.lines.at(-1)).toMatchObject({ from: fromIso(monday("08:00:00")), to: fromIso(monday("09:30:00")) });
  });

  test("those above the stacking limit don't count, and the quote says so", () => {
    const validations = ["a", "b"].map((validationId) => ({ kind: "amount" as const, validationId, amountMinor: 100 }));
    const quote = quoteFor({ ...sample, max_validations: 1 }, stay, { validations });
    expect(quote.totalMinor).toBe(400);
    expect(quote.flags).toEqual(["validation_over_limit"]);
  });
});

describe("rounding", () => {
  const bands = dayNight({ counts_from: "band", at_edge: "cut_unit" }).map((band) => ({
    ...band,
    rate: stepRate(60, 133),
  }));
  const stay: [string, string] = [monday("19:00:00"), monday("22:00:00")];
  test.each<[Tariff["rounding"], number]>([
    [{ scope: "stay", mode: "nearest", to_minor: 1 }, 399],
    [{ scope: "stay", mode: "up", to_minor: 50 }, 400],
    [{ scope: "stay", mode: "down", to_minor: 50 }, 350],
    [{ scope: "stay", mode: "nearest", to_minor: 50 }, 400],
    // 133 and 266 apart.
    [{ scope: "band", mode: "up", to_minor: 50 }, 150 + 300],
    [{ scope: "band", mode: "down", to_minor: 50 }, 100 + 250],
    [{ scope: "band", mode: "nearest", to_minor: 50 }, 150 + 250],
  ])("%o", (rounding, expected) => {
    const quote = quoteFor(sampleTariff({ bands, rounding }), stay);
    expect(quote.totalMinor).toBe(expected);
    expect(quote.lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(expected);
  });

  test("half of a rounding step goes up", () => {
    const rounding = { scope: "stay", mode: "nearest", to_minor: 10 } as const;
    const half = (price_minor: number) => sampleTariff({ bands: allDay(stepRate(60, price_minor)), rounding });
    const hour: [string, string] = [monday("10:00:00"), monday("11:00:00")];
    expect([124, 125, 126].map((price_minor) => quoteFor(half(price_minor), hour).totalMinor)).toEqual([120, 130, 130]);
  });
});

describe("tax", () => {
  const rates = [
    { tax_id: "state", label: "State", rate_basis_points: 600 },
    { tax_id: "city", label: "City", rate_basis_points: 250 },
  ];
  const stay: [string, string] = [monday("10:00:00"), monday("20:00:00")];
  test("is added to exclusive prices, line by line", () => {
    const quote = quoteFor(sampleTariff({ tax: { prices: "exclusive", rates } }), stay);
    expect(quote.totalMinor).toBe(1000 + 60 + 25);
    expect(quote.includedTax).toEqual([]);
  });

  test("is told for inclusive prices, without changing the total", () => {
    const quote = quoteFor(sampleTariff({ tax: { prices: "inclusive", rates } }), stay);
    expect(quote.totalMinor).toBe(1000);
    // 1000 x 600 / 10850 and 1000 x 250 / 10850
    expect(quote.includedTax).toEqual([
      { taxId: "state", amountMinor: 55 },
      { taxId: "city", amountMinor: 23 },
    ]);
  });
});

describe("paying", () => {
  const sample = sampleTariff({});
  const paidAt = fromIso(monday("12:30:00"));
  const payment = { paymentId: "p1", amountMinor: 300, paidAt, paidUntil: fromIso(monday("12:45:00")) };

  test("a quote says what is due and until when to leave", () => {
    expect(quoteFor(sample, [monday("10:00:00"), monday("12:30:00")])).toMatchObject({
      tariffId: sample.tariff_id,
      tariffVersion: 3,
      totalMinor: 300,
      paidMinor: 0,
      dueMinor: 300,
      leaveBy: fromIso(monday("12:45:00")),
    });
  });

  test("up to the end of the grace nothing more is due, though another unit has started", () => {
    const early = {
      ...payment,
      amountMinor: 200,
      paidAt: fromIso(monday("11:59:00")),
      paidUntil: fromIso(monday("12:14:00")),
    };
    const quote = quoteFor(sample, [monday("10:00:00"), monday("12:14:00")], { payments: [early] });
    expect(quote).toMatchObject({
      totalMinor: 200,
      dueMinor: 0,
      leaveBy: early.paidUntil,
      flags: ["within_paid_time"],
    });
  });

  test("after the grace the whole stay is priced again, less what was paid", () => {
    const quote = quoteFor(sample, [monday("10:00:00"), monday("13:00:01")], { payments: [payment] });
    expect(quote).toMatchObject({ totalMinor: 400, paidMinor: 300, dueMinor: 100, flags: ["paid_time_over"] });
  });

  test("who paid only a part owes the rest", () => {
    const quote = quoteFor(sample, [monday("10:00:00"), monday("12:31:00")], {
      payments: [{ ...payment, amountMinor: 100 }],
    });
    expect(quote.dueMinor).toBe(200);
  });

  test("who paid too much owes nothing, never less", () => {
    const quote = quoteFor(sample, [monday("10:00:00"), monday("12:31:00")], {
      payments: [{ ...payment, amountMinor: 1000 }],
    });
    expect(quote).toMatchObject({ dueMinor: 0, flags: ["within_paid_time", "overpaid"] });
  });

  test("debts of earlier visits are added after tax", () => {
    const taxed = sampleTariff({
      tax: { prices: "exclusive", rates: [{ tax_id: "t", label: "T", rate_basis_points: 1000 }] },
    });
    const quote = quoteFor(taxed, [monday("10:00:00"), monday("11:00:00")], {
      debts: [{ debtId: "d1", amountMinor: 555 }],
    });
    expect(quote.totalMinor).toBe(110 + 555);
    expect(quote.lines.at(-1)).toMatchObject({ kind: "debt", ruleId: "d1", amountMinor: 555 });
  });

  test("a lost ticket costs its fixed fee", () => {
    const at = fromIso(monday("12:00:00"));
    expect(price({ kind: "lost_ticket", exitAt: at }, sample, noContext)).toMatchObject({
      totalMinor: 3000,
      dueMinor: 3000,
    });
  });
});

describe("times that can't be", () => {
  const sample = sampleTariff({ entry_grace_minutes: 5 });
  test("an entry in the future costs nothing and is flagged", () => {
    expect(quoteFor(sample, [tuesday("10:00:00"), monday("10:00:00")])).toMatchObject({
      totalMinor: 0,
      flags: ["entry_in_future"],
    });
  });

  test("a stay since 1970 is clamped and flagged", () => {
    const quote = quoteFor(sample, ["1970-01-01T00:00:00Z", monday("10:00:00")]);
    expect(quote).toMatchObject({ totalMinor: 400 * 24 * 100, flags: ["stay_clamped"] });
  });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -5])(
    "%d as a time still gives a whole amount",
    (ms) => {
      for (const stay of [
        { kind: "measured" as const, enteredAt: wallMs(ms), exitAt: fromIso(monday("10:00:00")) },
        { kind: "measured" as const, enteredAt: fromIso(monday("10:00:00")), exitAt: wallMs(ms) },
      ]) {
        expect(Number.isSafeInteger(price(stay, sample, noContext).totalMinor)).toBe(true);
      }
    },
  );
});
