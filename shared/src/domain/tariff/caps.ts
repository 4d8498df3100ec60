import type { Tariff, TariffCap } from "../../contracts/replica/tariff.ts";
import { minuteOfDay } from "../../contracts/replica/week-coverage.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../kit/durations.ts";
import { weekdayIndex } from "../wall-clock/weekly.ts";
import { clampInstant, zoneSpanAt } from "../wall-clock/zone.ts";
import { scaleAmount } from "./amounts.ts";
import type { ChargedUnit } from "./walk.ts";

/** What a cap takes off the units of one of its periods. */
export interface CapReduction {
  readonly capId: string;
  readonly from: number;
  readonly to: number;
  readonly reducedMinor: number;
}

interface Limit {
  readonly capId: string;
  readonly limitMinor: number;
  /** Names the period that a unit falls in; null where the limit is not for it. */
  readonly periodOf: (unit: ChargedUnit) => string | null;
}

/**
 * Goes through the units in order and lets each cost what every cap still leaves. So no cap is ever exceeded, whichever
 * periods cut across each other, and a longer stay never costs less than a shorter one.
 */
export function applyCaps(
  units: readonly ChargedUnit[],
  limits: readonly Limit[],
): { readonly totalMinor: number; readonly reductions: readonly CapReduction[] } {
  const used = new Map<string, number>();
  const reductions = new Map<string, CapReduction>();
  let totalMinor = 0;
  for (const unit of units) {
    const periods = periodsOf(unit, limits);
    let charged = unit.amountMinor;
    let binding: LimitPeriod | undefined;
    for (const period of periods) {
      const room = period.limit.limitMinor - (used.get(period.key) ?? 0);
      if (room >= charged) continue;
      charged = room;
      binding = period;
    }
    for (const { key } of periods) used.set(key, (used.get(key) ?? 0) + charged);
    if (binding) addReduction(reductions, binding, { unit, reducedMinor: unit.amountMinor - charged });
    totalMinor += charged;
  }
  return { totalMinor, reductions: [...reductions.values()] };
}

interface LimitPeriod {
  readonly limit: Limit;
  readonly key: string;
}

function periodsOf(unit: ChargedUnit, limits: readonly Limit[]): LimitPeriod[] {
  const periods: LimitPeriod[] = [];
  for (const limit of limits) {
    const period = limit.periodOf(unit);
    if (period !== null) periods.push({ limit, key: `${limit.capId}:${period}` });
  }
  return periods;
}

function addReduction(
  reductions: Map<string, CapReduction>,
  { limit, key }: LimitPeriod,
  { unit, reducedMinor }: { unit: ChargedUnit; reducedMinor: number },
): void {
  const known = reductions.get(key);
  reductions.set(key, {
    capId: limit.capId,
    from: known?.from ?? unit.from,
    to: unit.to,
    reducedMinor: (known?.reducedMinor ?? 0) + reducedMinor,
  });
}

/** The caps of a tariff and of its bands for a stay that is charged from `chargedFrom`. */
export function limitsOf(tariff: Tariff, chargedFrom: number, capFactors: readonly number[]): Limit[] {
  const limitOf = (capMinor: number): number => {
    const scaled = scaleAmount(capMinor, capFactors);
    return capFactors.length === 0 ? scaled : scaled - (scaled % tariff.rounding.to_minor);
  };
  const limits = tariff.caps.map(
    (cap): Limit => ({
      capId: cap.cap_id,
      limitMinor: limitOf(cap.cap_minor),
      periodOf: periodNamer(cap, tariff.time_zone, chargedFrom),
    }),
  );
  const capped = new Map(
    [...tariff.bands, ...tariff.special_days.flatMap((special) => special.bands)].flatMap((band) =>
      band.cap_minor === null ? [] : [[band.band_id, limitOf(band.cap_minor)] as const],
    ),
  );
  for (const [bandId, limitMinor] of capped) {
    limits.push({
      capId: `${bandId}/cap`,
      limitMinor,
      periodOf: (unit) => (unit.bandId === bandId ? unit.occurrence : null),
    });
  }
  return limits;
}

function periodNamer(cap: TariffCap, zone: string, chargedFrom: number): (unit: ChargedUnit) => string {
  switch (cap.period) {
    case "stay":
      return () => "stay";
    case "rolling":
      return (unit) => String(Math.floor((unit.from - chargedFrom) / (cap.hours * HOUR_MS)));
    case "calendar_day":
      return (unit) => String(wallDay(zone, unit.from, minuteOfDay(cap.resets_at)));
    case "calendar_week":
      return (unit) => {
        const day = wallDay(zone, unit.from, minuteOfDay(cap.resets_at));
        // 1970-01-01, day 0, was a Thursday.
        return String(Math.floor((day + 3 - weekdayIndex(cap.resets_on)) / 7));
      };
  }
}

/** The calendar day of a wall clock whose days begin `resetMinute` minutes after midnight. */
function wallDay(zone: string, at: number, resetMinute: number): number {
  const instant = clampInstant(at);
  return Math.floor((instant + zoneSpanAt(zone, instant).offsetMs - resetMinute * MINUTE_MS) / DAY_MS);
}
