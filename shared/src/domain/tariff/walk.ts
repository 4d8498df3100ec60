import type { Tariff, TariffRate } from "../../contracts/replica/tariff.ts";
import { DAY_MS, MINUTE_MS } from "../../kit/durations.ts";
import { assertNever } from "../../kit/exhaustive.ts";
import { roundAmount, scaleAmount } from "./amounts.ts";
import type { Factors } from "./factors.ts";
import { type Segment, scheduleOf, segmentAt } from "./schedule.ts";

/** One unit, or one flat price, that a stay has started. */
export interface ChargedUnit {
  readonly bandId: string;
  readonly occurrence: string;
  /** Number of the step, from 1; null for a flat price. */
  readonly step: number | null;
  readonly unitMinutes: number | null;
  readonly from: number;
  /** Where the next unit would start. */
  readonly to: number;
  readonly unitPriceMinor: number;
  /** The price, by the tariff's rounding of bands: what the band's rounded sum grows by. */
  readonly amountMinor: number;
}

interface Started {
  readonly step: number | null;
  readonly unitMinutes: number | null;
  readonly priceMinor: number;
  readonly until: number;
}

/**
 * The units that a stay starts between two instants, in order. Time is elapsed time between instants; only the edges of
 * bands go by the wall clock. A unit whose start equals `chargedUntil` has not started.
 */
export function walkStay(
  tariff: Tariff,
  { chargedFrom, chargedUntil }: { readonly chargedFrom: number; readonly chargedUntil: number },
  factors: Factors,
): ChargedUnit[] {
  const schedule = scheduleOf(tariff);
  const sums = bandSums(tariff);
  const flatPaid = new Set<string>();
  const units: ChargedUnit[] = [];
  let segment: Segment | null = null;
  let enteredBandAt = chargedFrom;
  for (let cursor = chargedFrom; cursor < chargedUntil; ) {
    if (segment === null || cursor >= segment.until) {
      segment = segmentAt(schedule, cursor);
      enteredBandAt = cursor;
    }
    const { bandId, rate } = segment.band;
    const started = startUnit(rate, { cursor, chargedFrom, enteredBandAt, bandUntil: segment.until });
    const repeatedFlat = rate.kind === "flat" && flatPaid.has(segment.occurrence);
    if (started !== null && !repeatedFlat) {
      if (rate.kind === "flat") flatPaid.add(segment.occurrence);
      const unitPriceMinor = scaleAmount(started.priceMinor, [...factors.prices, ...factors.eventsAt(cursor)]);
      const amountMinor = sums.add(segment.occurrence, unitPriceMinor);
      const { occurrence } = segment;
      const { step, unitMinutes } = started;
      units.push({
        bandId,
        occurrence,
        step,
        unitMinutes,
        from: cursor,
        to: started.until,
        unitPriceMinor,
        amountMinor,
      });
    }
    cursor = started?.until ?? segment.until;
  }
  return units;
}

interface Position {
  readonly cursor: number;
  readonly chargedFrom: number;
  readonly enteredBandAt: number;
  readonly bandUntil: number;
}

function startUnit(rate: TariffRate, position: Position): Started | null {
  switch (rate.kind) {
    case "free":
      return null;
    case "flat":
      return { step: null, unitMinutes: null, priceMinor: rate.price_minor, until: position.bandUntil };
    case "steps": {
      const unit = unitAt(rate, position);
      return rate.at_edge === "cut_unit" ? { ...unit, until: Math.min(unit.until, position.bandUntil) } : unit;
    }
    default:
      return assertNever(rate);
  }
}

function unitAt(rate: Extract<TariffRate, { kind: "steps" }>, position: Position): Started {
  const origin = originOf(rate.counts_from, position);
  const elapsed = position.cursor - origin;
  let stepStart = 0;
  for (const [index, step] of rate.steps.entries()) {
    const unitMs = step.unit_minutes * MINUTE_MS;
    const stepEnd = step.count === null ? Number.POSITIVE_INFINITY : stepStart + step.count * unitMs;
    if (elapsed < stepEnd) {
      const unitEnd = origin + stepStart + (Math.floor((elapsed - stepStart) / unitMs) + 1) * unitMs;
      const until = rate.counts_from === "each_24h" ? Math.min(unitEnd, origin + DAY_MS) : unitEnd;
      return { step: index + 1, unitMinutes: step.unit_minutes, priceMinor: step.price_minor, until };
    }
    stepStart = stepEnd;
  }
  throw new RangeError("The tariff's last step ends; validate it with its schema first.");
}

function originOf(countsFrom: "stay" | "band" | "each_24h", { cursor, chargedFrom, enteredBandAt }: Position): number {
  switch (countsFrom) {
    case "stay":
      return chargedFrom;
    case "band":
      return enteredBandAt;
    case "each_24h":
      return chargedFrom + Math.floor((cursor - chargedFrom) / DAY_MS) * DAY_MS;
  }
}

/** Rounds each band's sum where the tariff says so: a unit then costs what the rounded sum grows by. */
function bandSums(tariff: Tariff): { add(occurrence: string, priceMinor: number): number } {
  if (tariff.rounding.scope !== "band") return { add: (_occurrence, priceMinor) => priceMinor };
  const sums = new Map<string, number>();
  return {
    add(occurrence, priceMinor) {
      const before = sums.get(occurrence) ?? 0;
      sums.set(occurrence, before + priceMinor);
      return roundAmount(before + priceMinor, tariff.rounding) - roundAmount(before, tariff.rounding);
    },
  };
}
