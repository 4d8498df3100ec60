import type { Tariff } from "../../contracts/replica/tariff.ts";
import type { Weekday } from "../../contracts/replica/values.ts";

export interface ExampleOptions {
  readonly timeZone: string;
  readonly currency: string;
  /** The tariffs' ids; UUIDs in lower case. */
  readonly ids: { readonly cityDayNight: string; readonly flatEvening: string; readonly earlyBird: string };
}

const EVERY_DAY: Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WORKDAYS: Weekday[] = ["mon", "tue", "wed", "thu", "fri"];

/** Three tariffs as lots really have them, for a first start and for manuals. Amounts are in cents of a two-digit currency. */
export function exampleTariffs(options: ExampleOptions): {
  readonly cityDayNight: Tariff;
  readonly flatEvening: Tariff;
  readonly earlyBird: Tariff;
} {
  return {
    cityDayNight: cityDayNight(options),
    flatEvening: flatEvening(options),
    earlyBird: earlyBird(options),
  };
}

function common({ timeZone, currency }: ExampleOptions) {
  return {
    schema_version: 1 as const,
    version: 1,
    currency,
    time_zone: timeZone,
    entry_grace_minutes: 10,
    free_minutes: 0,
    exit_grace_minutes: 15,
    special_days: [],
    caps: [],
    early_birds: [],
    multipliers: [],
    max_validations: 2,
    rounding: { scope: "stay" as const, mode: "nearest" as const, to_minor: 10 },
    tax: { prices: "inclusive" as const, rates: [{ tax_id: "vat", label: "VAT 19 %", rate_basis_points: 1900 }] },
  };
}

/** By day 3.00 for the first hour and 1.00 for each started half hour, at night 1.00 an hour; never over 24.00 a day. */
function cityDayNight(options: ExampleOptions): Tariff {
  return {
    ...common(options),
    tariff_id: options.ids.cityDayNight,
    name: "City centre, day and night",
    bands: [
      {
        band_id: "day",
        days: EVERY_DAY,
        from: "07:00",
        to: "20:00",
        rate: {
          kind: "steps",
          steps: [
            { unit_minutes: 60, price_minor: 300, count: 1 },
            { unit_minutes: 30, price_minor: 100, count: null },
          ],
          counts_from: "band",
          at_edge: "cut_unit",
        },
        cap_minor: 2000,
      },
      {
        band_id: "night",
        days: EVERY_DAY,
        from: "20:00",
        to: "07:00",
        rate: {
          kind: "steps",
          steps: [{ unit_minutes: 60, price_minor: 100, count: null }],
          counts_from: "band",
          at_edge: "cut_unit",
        },
        cap_minor: 600,
      },
    ],
    caps: [
      { cap_id: "day_max", period: "rolling", hours: 24, cap_minor: 2400 },
      { cap_id: "week_max", period: "rolling", hours: 168, cap_minor: 9600 },
    ],
    multipliers: [
      {
        kind: "vehicle_class",
        multiplier_id: "motorcycles",
        vehicle_class: "motorcycle",
        factor_permille: 500,
        scales_caps: true,
      },
    ],
    lost_ticket_minor: 2400,
  };
}

/** 2.00 each started hour by day; from 18:00 to 06:00 one price of 5.00. Sundays and holidays cost 4.00 in all. */
function flatEvening(options: ExampleOptions): Tariff {
  return {
    ...common(options),
    tariff_id: options.ids.flatEvening,
    name: "Flat evening",
    bands: [
      {
        band_id: "hours",
        days: ["mon", "tue", "wed", "thu", "fri", "sat"],
        from: "06:00",
        to: "18:00",
        rate: {
          kind: "steps",
          steps: [{ unit_minutes: 60, price_minor: 200, count: null }],
          counts_from: "band",
          at_edge: "finish_unit",
        },
        cap_minor: 1600,
      },
      {
        band_id: "evening",
        days: ["mon", "tue", "wed", "thu", "fri"],
        from: "18:00",
        to: "06:00",
        rate: { kind: "flat", price_minor: 500 },
        cap_minor: null,
      },
      {
        band_id: "saturday_evening",
        days: ["sat"],
        from: "18:00",
        to: "00:00",
        rate: { kind: "flat", price_minor: 500 },
        cap_minor: null,
      },
      {
        band_id: "sunday",
        days: ["sun"],
        from: "00:00",
        to: "06:00",
        rate: { kind: "free" },
        cap_minor: null,
      },
      {
        band_id: "sunday_day",
        days: ["sun"],
        from: "06:00",
        to: "06:00",
        rate: { kind: "flat", price_minor: 400 },
        cap_minor: null,
      },
    ],
    special_days: [
      {
        special_id: "holidays",
        dates: ["2026-12-25", "2026-12-26", "2027-01-01", "2027-05-01", "2027-12-25", "2027-12-26"],
        bands: [
          { band_id: "holiday", from: "00:00", to: "00:00", rate: { kind: "flat", price_minor: 400 }, cap_minor: null },
        ],
      },
    ],
    lost_ticket_minor: 2000,
  };
}

/** 2.50 each started hour, at most 18.00 a calendar day; who comes from 05:00 to 09:00 and leaves from 15:00 pays 9.00. */
function earlyBird(options: ExampleOptions): Tariff {
  return {
    ...common(options),
    tariff_id: options.ids.earlyBird,
    name: "Commuters' early bird",
    bands: [
      {
        band_id: "hourly",
        days: EVERY_DAY,
        from: "00:00",
        to: "00:00",
        rate: {
          kind: "steps",
          steps: [{ unit_minutes: 60, price_minor: 250, count: null }],
          counts_from: "stay",
          at_edge: "finish_unit",
        },
        cap_minor: null,
      },
    ],
    caps: [{ cap_id: "day_max", period: "calendar_day", resets_at: "00:00", cap_minor: 1800 }],
    early_birds: [
      {
        early_bird_id: "early_bird",
        days: WORKDAYS,
        entry_from: "05:00",
        entry_to: "09:00",
        exit_days_later: 0,
        exit_from: "15:00",
        exit_to: "20:00",
        price_minor: 900,
        on_special_days: false,
      },
    ],
    multipliers: [
      {
        kind: "occupancy",
        multiplier_id: "busy",
        levels: [{ from_permille: 900, factor_permille: 1200 }],
        min_factor_permille: 1000,
        max_factor_permille: 1200,
        scales_caps: false,
      },
      { kind: "spot_type", multiplier_id: "charging_spot", spot_type: "ev", factor_permille: 1100, scales_caps: false },
    ],
    lost_ticket_minor: 1800,
  };
}
