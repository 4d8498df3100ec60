import { z } from "zod";
import { currency, instant, spotType, uuid } from "../primitives.ts";
import { checkTariff } from "./tariff-checks.ts";
import { calendarDate, priceMinor, slug, timeOfDay, timeZone, weekday, weekdays } from "./values.ts";

const minutes = z
  .int()
  .min(0)
  .max(7 * 24 * 60);

/** One thousand is the plain price; 1500 is half as much again. */
const factorPermille = z.int().min(0).max(10_000);

/** `count` units of `unit_minutes` at this price each; the last step's `count` is null: it goes on without end. */
const step = z.strictObject({
  unit_minutes: z
    .int()
    .min(1)
    .max(7 * 24 * 60),
  price_minor: priceMinor,
  count: z.int().min(1).max(10_000).nullable(),
});
export type TariffStep = z.infer<typeof step>;

/**
 * `steps` charges each started unit. `counts_from` says where the first step begins: when the stay is first charged,
 * when the stay comes into this band, or anew each 24 hours of the stay. `at_edge` says whether a unit that is running
 * when the band ends is cut there, or finished at this band's price.
 */
const rate = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("free") }),
  z.strictObject({ kind: z.literal("flat"), price_minor: priceMinor }),
  z.strictObject({
    kind: z.literal("steps"),
    steps: z.array(step).min(1).max(50),
    counts_from: z.enum(["stay", "band", "each_24h"]),
    at_edge: z.enum(["cut_unit", "finish_unit"]),
  }),
]);
export type TariffRate = z.infer<typeof rate>;

const bandCore = {
  band_id: slug,
  /** On the lot's wall clock. `to` at or before `from` is on the next day; equal is a whole day. */
  from: timeOfDay,
  to: timeOfDay,
  rate,
  /** The most that one occurrence of the band costs. */
  cap_minor: priceMinor.nullable(),
};

/** A part of the week; `days` are those on which it starts. */
const weekBand = z.strictObject({ ...bandCore, days: weekdays });
export type WeekBand = z.infer<typeof weekBand>;

/** A part of a special day; one that would cross midnight goes on at the start of the same date. */
const dayBand = z.strictObject(bandCore);
export type DayBand = z.infer<typeof dayBand>;

/** Public holidays or events with prices of their own: on these dates `bands` stand in for the week's. */
const specialDays = z.strictObject({
  special_id: slug,
  dates: z.array(calendarDate).min(1).max(1000),
  bands: z.array(dayBand).min(1).max(48),
});
export type SpecialDays = z.infer<typeof specialDays>;

const capCore = { cap_id: slug, cap_minor: priceMinor };

/** The most that is charged in a period. Periods may be nested; none of the caps is ever exceeded. */
const cap = z.discriminatedUnion("period", [
  z.strictObject({ ...capCore, period: z.literal("stay") }),
  z.strictObject({
    ...capCore,
    period: z.literal("rolling"),
    hours: z
      .int()
      .min(1)
      .max(24 * 31),
  }),
  z.strictObject({ ...capCore, period: z.literal("calendar_day"), resets_at: timeOfDay }),
  z.strictObject({ ...capCore, period: z.literal("calendar_week"), resets_on: weekday, resets_at: timeOfDay }),
]);
export type TariffCap = z.infer<typeof cap>;

/** A fixed price for coming in one window and leaving in another; taken only when it is the cheaper one. */
const earlyBird = z.strictObject({
  early_bird_id: slug,
  days: weekdays,
  entry_from: timeOfDay,
  /** Exclusive, on the same day. */
  entry_to: timeOfDay,
  /** How many calendar days after the entry the exit window lies. */
  exit_days_later: z.int().min(0).max(7),
  exit_from: timeOfDay,
  /** Exclusive, on the same day. */
  exit_to: timeOfDay,
  price_minor: priceMinor,
  on_special_days: z.boolean(),
});
export type EarlyBird = z.infer<typeof earlyBird>;

/** Factors that hold for the whole stay change every price of it, and the caps too where `scales_caps` says so. */
const multiplier = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("spot_type"),
    multiplier_id: slug,
    spot_type: spotType,
    factor_permille: factorPermille,
    scales_caps: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("vehicle_class"),
    multiplier_id: slug,
    vehicle_class: slug,
    factor_permille: factorPermille,
    scales_caps: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("occupancy"),
    multiplier_id: slug,
    /** The level with the highest `from_permille` not above the lot's occupancy at entry counts; below all: plain price. */
    levels: z
      .array(z.strictObject({ from_permille: z.int().min(0).max(1000), factor_permille: factorPermille }))
      .min(1)
      .max(20),
    /** Whatever the levels say, the factor stays within these. */
    min_factor_permille: factorPermille,
    max_factor_permille: factorPermille,
    scales_caps: z.boolean(),
  }),
  /** Units that start within the event cost this much more or less. */
  z.strictObject({
    kind: z.literal("event"),
    multiplier_id: slug,
    starts_at: instant,
    /** Exclusive. */
    ends_at: instant,
    factor_permille: factorPermille,
  }),
]);
export type TariffMultiplier = z.infer<typeof multiplier>;

const rounding = z.strictObject({
  /** Each band's sum on its own, or the fee of the whole stay. */
  scope: z.enum(["band", "stay"]),
  mode: z.enum(["up", "down", "nearest"]),
  to_minor: z.int().min(1).max(100_000),
});
export type TariffRounding = z.infer<typeof rounding>;

const tax = z.strictObject({
  /** Whether prices contain the tax, or it is added. */
  prices: z.enum(["inclusive", "exclusive"]),
  rates: z
    .array(
      z.strictObject({ tax_id: slug, label: z.string().min(1).max(40), rate_basis_points: z.int().min(0).max(10_000) }),
    )
    .max(5),
});
export type TariffTax = z.infer<typeof tax>;

/**
 * Price rules. Strict on purpose: a rule that this version can't compute is refused when the tariff is read, never
 * skipped when a driver pays.
 */
const tariffShape = z.strictObject({
  schema_version: z.literal(1),
  tariff_id: uuid,
  version: z.int().min(1),
  name: z.string().min(1).max(120),
  currency,
  /** The lot's. Bands, special days and calendar caps go by this clock. */
  time_zone: timeZone,
  /** A stay not longer than this costs nothing; a longer one is charged from its start. */
  entry_grace_minutes: minutes,
  /** The first minutes of every stay that are never charged. */
  free_minutes: minutes,
  /** Time to leave after paying. */
  exit_grace_minutes: minutes,
  /** Cover the whole week, without gap or overlap. */
  bands: z.array(weekBand).min(1).max(200),
  special_days: z.array(specialDays).max(50),
  caps: z.array(cap).max(10),
  early_birds: z.array(earlyBird).max(20),
  multipliers: z.array(multiplier).max(500),
  /** How many validations count for one stay. */
  max_validations: z.int().min(0).max(20),
  rounding,
  tax,
  /** Charged instead of a stay when no entry can be found. */
  lost_ticket_minor: priceMinor,
});
export type Tariff = z.infer<typeof tariffShape>;

export const tariff = tariffShape.superRefine(checkTariff);
