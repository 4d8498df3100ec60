import type { Tariff, TariffMultiplier } from "../../contracts/replica/tariff.ts";
import { assertNever } from "../../kit/exhaustive.ts";
import type { PriceContext } from "./quote.ts";

/** The factors, in thousandths, that change a stay's prices. */
export interface Factors {
  /** For every price of the stay. */
  readonly prices: readonly number[];
  /** For the caps; those of `prices` that say so. */
  readonly caps: readonly number[];
  /** For units that start at this instant, on top of `prices`. */
  readonly eventsAt: (at: number) => readonly number[];
}

/** The factors of a tariff that apply to one stay. */
export function factorsOf(tariff: Tariff, context: PriceContext): Factors {
  const prices: number[] = [];
  const caps: number[] = [];
  for (const one of tariff.multipliers) {
    if (one.kind === "event") continue;
    const factor = stayFactor(one, context);
    if (factor === null || factor === 1000) continue;
    prices.push(factor);
    if (one.scales_caps) caps.push(factor);
  }
  return { prices, caps, eventsAt: eventFactors(tariff.multipliers) };
}

type StayMultiplier = Exclude<TariffMultiplier, { kind: "event" }>;

function stayFactor(one: StayMultiplier, context: PriceContext): number | null {
  switch (one.kind) {
    case "spot_type":
      return context.spotType === one.spot_type ? one.factor_permille : null;
    case "vehicle_class":
      return context.vehicleClass === one.vehicle_class ? one.factor_permille : null;
    case "occupancy": {
      const occupancy = context.occupancyPermilleAtEntry;
      if (occupancy === null) return null;
      const level = one.levels.findLast((candidate) => candidate.from_permille <= occupancy);
      return Math.min(one.max_factor_permille, Math.max(one.min_factor_permille, level?.factor_permille ?? 1000));
    }
    default:
      return assertNever(one);
  }
}

const NO_FACTORS: readonly number[] = [];

function eventFactors(multipliers: readonly TariffMultiplier[]): (at: number) => readonly number[] {
  const events = multipliers.flatMap((one) =>
    one.kind === "event"
      ? [{ from: Date.parse(one.starts_at), until: Date.parse(one.ends_at), factor: one.factor_permille }]
      : [],
  );
  if (events.length === 0) return () => NO_FACTORS;
  return (at) => events.filter((event) => at >= event.from && at < event.until).map((event) => event.factor);
}
