import type { Tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

type TariffTerms = Pick<Tariff, "bands" | "caps" | "early_birds" | "multipliers" | "tax" | "lost_ticket_minor"> & {
  readonly name: string;
};

export interface TariffPlace {
  readonly tariffId: Uuid;
  readonly currency: string;
  readonly timeZone: string;
}

const EVERY_DAY: Tariff["bands"][number]["days"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A city garage: dear first hour, then half hours; a cheap night; a day's cap; early birds. Prices in cents. */
export function garageTariff(place: TariffPlace): Tariff {
  return tariff(place, {
    name: "City garage",
    bands: [
      {
        band_id: "day",
        days: EVERY_DAY,
        from: "07:00",
        to: "20:00",
        cap_minor: null,
        rate: {
          kind: "steps",
          counts_from: "stay",
          at_edge: "cut_unit",
          steps: [
            { unit_minutes: 60, price_minor: 300, count: 1 },
            { unit_minutes: 30, price_minor: 120, count: null },
          ],
        },
      },
      {
        band_id: "night",
        days: EVERY_DAY,
        from: "20:00",
        to: "07:00",
        cap_minor: 600,
        rate: {
          kind: "steps",
          counts_from: "band",
          at_edge: "cut_unit",
          steps: [{ unit_minutes: 60, price_minor: 150, count: null }],
        },
      },
    ],
    caps: [{ cap_id: "per-day", period: "calendar_day", resets_at: "00:00", cap_minor: 2_200 }],
    early_birds: [
      {
        early_bird_id: "commuter",
        days: ["mon", "tue", "wed", "thu", "fri"],
        entry_from: "06:00",
        entry_to: "09:00",
        exit_days_later: 0,
        exit_from: "15:00",
        exit_to: "19:00",
        price_minor: 1_200,
        on_special_days: false,
      },
    ],
    multipliers: [],
    tax: { prices: "inclusive", rates: [{ tax_id: "vat", label: "VAT 19 %", rate_basis_points: 1_900 }] },
    lost_ticket_minor: 2_500,
  });
}

/** A lot that lives from its evenings: cheap quarters of an hour by day, one price from five in the afternoon. */
export function eveningTariff(place: TariffPlace): Tariff {
  return tariff(place, {
    name: "Evening lot",
    bands: [
      {
        band_id: "day",
        days: EVERY_DAY,
        from: "05:00",
        to: "17:00",
        cap_minor: 1_400,
        rate: {
          kind: "steps",
          counts_from: "stay",
          at_edge: "finish_unit",
          steps: [{ unit_minutes: 15, price_minor: 75, count: null }],
        },
      },
      {
        band_id: "evening",
        days: EVERY_DAY,
        from: "17:00",
        to: "05:00",
        cap_minor: null,
        rate: { kind: "flat", price_minor: 900 },
      },
    ],
    caps: [{ cap_id: "full-day", period: "rolling", hours: 24, cap_minor: 2_400 }],
    early_birds: [],
    multipliers: [
      { kind: "spot_type", multiplier_id: "ev", spot_type: "ev", factor_permille: 1_100, scales_caps: false },
    ],
    tax: { prices: "exclusive", rates: [{ tax_id: "sales", label: "Sales tax", rate_basis_points: 888 }] },
    lost_ticket_minor: 3_000,
  });
}

function tariff({ tariffId, currency, timeZone }: TariffPlace, terms: TariffTerms): Tariff {
  return {
    schema_version: 1,
    tariff_id: tariffId,
    version: 1,
    currency,
    time_zone: timeZone,
    entry_grace_minutes: 10,
    free_minutes: 0,
    exit_grace_minutes: 15,
    special_days: [],
    max_validations: 1,
    rounding: { scope: "stay", mode: "nearest", to_minor: 5 },
    ...terms,
  };
}
