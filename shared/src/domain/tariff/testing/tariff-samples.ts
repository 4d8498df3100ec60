import { type Tariff, type TariffRate, tariff } from "../../../contracts/replica/tariff.ts";
import type { Weekday } from "../../../contracts/replica/values.ts";
import { fromIso } from "../../../kit/clock.ts";
import { noContext, price } from "../price.ts";
import type { PriceContext, Quote } from "../quote.ts";

export const EVERY_DAY: Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** `price_minor` for each started unit, around the clock. */
export function stepRate(unit_minutes: number, price_minor: number): Extract<TariffRate, { kind: "steps" }> {
  return {
    kind: "steps",
    steps: [{ unit_minutes, price_minor, count: null }],
    counts_from: "stay",
    at_edge: "finish_unit",
  };
}

/** A valid tariff of 1.00 an hour without any other rule, changed by `changes`; throws when the result isn't valid. */
export function sampleTariff(changes: Partial<Tariff> = {}): Tariff {
  return tariff.parse({
    schema_version: 1,
    tariff_id: "00000000-0000-7000-8000-000000000001",
    version: 3,
    name: "Sample",
    currency: "EUR",
    time_zone: "Europe/Berlin",
    entry_grace_minutes: 0,
    free_minutes: 0,
    exit_grace_minutes: 15,
    bands: [{ band_id: "all", days: EVERY_DAY, from: "00:00", to: "00:00", rate: stepRate(60, 100), cap_minor: null }],
    special_days: [],
    caps: [],
    early_birds: [],
    multipliers: [],
    max_validations: 3,
    rounding: { scope: "stay", mode: "nearest", to_minor: 1 },
    tax: { prices: "inclusive", rates: [] },
    lost_ticket_minor: 3000,
    ...changes,
  });
}

/** The quote for a stay between two instants given as text. */
export function quoteFor(sample: Tariff, stay: readonly [string, string], context: Partial<PriceContext> = {}): Quote {
  const [enteredAt, exitAt] = stay;
  return price({ kind: "measured", enteredAt: fromIso(enteredAt), exitAt: fromIso(exitAt) }, sample, {
    ...noContext,
    ...context,
  });
}
