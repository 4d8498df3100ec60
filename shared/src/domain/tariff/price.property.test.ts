import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { type Tariff, type TariffRate, tariff } from "../../contracts/replica/tariff.ts";
import { wallMs } from "../../kit/clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../kit/durations.ts";
import { readWallClock } from "../wall-clock/zone.ts";
import { noContext, price } from "./price.ts";
import type { PriceContext, Quote } from "./quote.ts";
import { EVERY_DAY, sampleTariff } from "./testing/tariff-samples.ts";

const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Etc/UTC"];

const timeOfDay = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

const rate: fc.Arbitrary<TariffRate> = fc.oneof(
  fc.constant<TariffRate>({ kind: "free" }),
  fc.nat(2000).map((price_minor): TariffRate => ({ kind: "flat", price_minor })),
  fc
    .record({
      first: fc.record({
        unit_minutes: fc.integer({ min: 5, max: 120 }),
        price_minor: fc.nat(500),
        count: fc.integer({ min: 1, max: 4 }),
      }),
      rest: fc.record({
        unit_minutes: fc.integer({ min: 5, max: 120 }),
        price_minor: fc.nat(500),
        count: fc.constant(null),
      }),
      counts_from: fc.constantFrom("stay" as const, "band" as const, "each_24h" as const),
      at_edge: fc.constantFrom("cut_unit" as const, "finish_unit" as const),
    })
    .map(
      ({ first, rest, counts_from, at_edge }): TariffRate => ({
        kind: "steps",
        steps: [first, rest],
        counts_from,
        at_edge,
      }),
    ),
);

/** Bands that part the day at random minutes; the last one goes on across midnight to the first. */
const bands: fc.Arbitrary<Tariff["bands"]> = fc
  .uniqueArray(fc.record({ at: fc.integer({ min: 0, max: 1439 }), rate }), {
    minLength: 1,
    maxLength: 4,
    selector: ({ at }) => at,
  })
  .map((cuts) => {
    const sorted = [...cuts].sort((left, right) => left.at - right.at);
    return sorted.map((cut, index) => {
      const to = sorted[(index + 1) % sorted.length]?.at ?? cut.at;
      return {
        band_id: `b${index}`,
        days: EVERY_DAY,
        from: timeOfDay(cut.at),
        to: timeOfDay(to),
        rate: cut.rate,
        cap_minor: null,
      };
    });
  });

const zone = fc.constantFrom(...ZONES);
/** Two years that hold both changes of every zone. */
const entry = fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-12-31") });
const stayMs = fc.integer({ min: 0, max: 5 * DAY_MS });

function total(sample: Tariff, from: number, lengthMs: number, context: PriceContext = noContext): Quote {
  return price({ kind: "measured", enteredAt: wallMs(from), exitAt: wallMs(from + lengthMs) }, sample, context);
}

describe("price, for any tariff", () => {
  test("a longer stay never costs less, with any bands and caps", () => {
    const caps = fc.option(fc.integer({ min: 0, max: 3000 }), { nil: null });
    fc.assert(
      fc.property(zone, bands, caps, entry, stayMs, stayMs, (time_zone, someBands, cap_minor, from, one, other) => {
        const limits: Tariff["caps"] =
          cap_minor === null ? [] : [{ cap_id: "c", period: "rolling", hours: 24, cap_minor }];
        const sample = sampleTariff({ time_zone, bands: someBands, caps: limits });
        const [shorter, longer] = [Math.min(one, other), Math.max(one, other)];
        expect(total(sample, from, longer).totalMinor).toBeGreaterThanOrEqual(total(sample, from, shorter).totalMinor);
      }),
    );
  });

  test("no cap is ever exceeded, alone or nested, rounded or not", () => {
    fc.assert(
      fc.property(
        zone,
        bands,
        fc.nat(40),
        fc.nat(40),
        entry,
        stayMs,
        (time_zone, someBands, day, more, from, lengthMs) => {
          const caps: Tariff["caps"] = [
            { cap_id: "day", period: "calendar_day", resets_at: "05:00", cap_minor: day * 50 },
            { cap_id: "week", period: "rolling", hours: 168, cap_minor: (day + more) * 50 },
          ];
          const rounding = { scope: "stay", mode: "up", to_minor: 50 } as const;
          const sample = sampleTariff({ time_zone, bands: someBands, caps, rounding });
          const { totalMinor } = total(sample, from, lengthMs);
          const wallDay = (at: number): number => readWallClock(time_zone, at).day;
          const days = wallDay(from + lengthMs - 5 * HOUR_MS) - wallDay(from - 5 * HOUR_MS) + 1;
          // A day that the clock is set back into may be touched once more.
          expect(totalMinor).toBeLessThanOrEqual((days + 1) * day * 50);
          expect(totalMinor).toBeLessThanOrEqual((day + more) * 50);
        },
      ),
    );
  });

  test("the total is the sum of whole-number lines, and what is due is never below zero", () => {
    const validation = fc.oneof(
      fc.nat(3000).map((amountMinor) => ({ kind: "amount" as const, validationId: "a", amountMinor })),
      fc.nat(1000).map((percentPermille) => ({ kind: "percent" as const, validationId: "p", percentPermille })),
      fc
        .tuple(fc.nat(600), fc.constantFrom("from_start" as const, "from_end" as const, "where_cheapest" as const))
        .map(([minutes, taken]) => ({ kind: "free_time" as const, validationId: "f", minutes, taken })),
    );
    const tax = fc.constantFrom("inclusive" as const, "exclusive" as const);
    const scope = fc.constantFrom("band" as const, "stay" as const);
    fc.assert(
      fc.property(
        bands,
        fc.array(validation, { maxLength: 4 }),
        tax,
        scope,
        entry,
        stayMs,
        fc.nat(5000),
        (...given) => {
          const [someBands, validations, prices, roundingScope, from, lengthMs, amountMinor] = given;
          const sample = sampleTariff({
            bands: someBands,
            rounding: { scope: roundingScope, mode: "nearest", to_minor: 5 },
            tax: { prices, rates: [{ tax_id: "t", label: "T", rate_basis_points: 1900 }] },
            multipliers: [
              { kind: "spot_type", multiplier_id: "m", spot_type: "ev", factor_permille: 1333, scales_caps: false },
            ],
          });
          const payments = [
            { paymentId: "p", amountMinor, paidAt: wallMs(from + 1), paidUntil: wallMs(from + HOUR_MS) },
          ];
          const quote = total(sample, from, lengthMs, { ...noContext, spotType: "ev", validations, payments });
          expect(quote.lines.every((line) => Number.isSafeInteger(line.amountMinor))).toBe(true);
          expect(quote.lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(quote.totalMinor);
          expect(quote.totalMinor).toBeGreaterThanOrEqual(0);
          expect(quote.dueMinor).toBe(Math.max(0, quote.totalMinor - amountMinor));
        },
      ),
    );
  });

  test("minute prices agree with asking the wall clock for each minute", () => {
    // Each band has its own price for each started minute, so the fee is the sum over minutes of the price of the band
    // that the wall clock shows at its start. That is computed here without any code of the engine.
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 1439 }), { minLength: 1, maxLength: 4 });
    const changes = [
      "2026-03-29T01:00Z",
      "2026-10-25T01:00Z",
      "2026-03-08T07:00Z",
      "2026-11-01T06:00Z",
      "2026-04-04T15:00Z",
      "2026-10-03T15:30Z",
    ];
    const nearChange = fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -1500, max: 300 }))
      .map(([change, minutes]) => Date.parse(change) + minutes * MINUTE_MS);
    fc.assert(
      fc.property(zone, cuts, nearChange, fc.integer({ min: 0, max: 1500 }), (time_zone, someCuts, from, minutes) => {
        const sorted = [...someCuts].sort((left, right) => left - right);
        const parts = sorted.map((at, index) => ({
          at,
          to: sorted[(index + 1) % sorted.length] ?? at,
          priceMinor: 7 ** index,
        }));
        const sample = sampleTariff({
          time_zone,
          bands: parts.map(({ at, to, priceMinor }, index) => ({
            band_id: `b${index}`,
            days: EVERY_DAY,
            from: timeOfDay(at),
            to: timeOfDay(to),
            rate: {
              kind: "steps",
              steps: [{ unit_minutes: 1, price_minor: priceMinor, count: null }],
              counts_from: "stay",
              at_edge: "cut_unit",
            },
            cap_minor: null,
          })),
        });
        let expected = 0;
        for (let minute = 0; minute < minutes; minute++) {
          const shown = Temporal.Instant.fromEpochMilliseconds(from + minute * MINUTE_MS).toZonedDateTimeISO(time_zone);
          const shownMinute = shown.hour * 60 + shown.minute;
          expected += (parts.findLast((part) => part.at <= shownMinute) ?? parts.at(-1))?.priceMinor ?? 0;
        }
        expect(total(sample, from, minutes * MINUTE_MS).totalMinor).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });

  test("where each minute is charged, a stay costs what its two parts cost", () => {
    fc.assert(
      fc.property(zone, entry, fc.nat(3000), fc.nat(3000), (time_zone, from, first, second) => {
        const core = { days: EVERY_DAY, cap_minor: null };
        const minute = (price_minor: number): TariffRate => ({
          kind: "steps",
          steps: [{ unit_minutes: 1, price_minor, count: null }],
          counts_from: "stay",
          at_edge: "finish_unit",
        });
        const sample = sampleTariff({
          time_zone,
          bands: [
            { ...core, band_id: "day", from: "07:00", to: "19:00", rate: minute(3) },
            { ...core, band_id: "night", from: "19:00", to: "07:00", rate: minute(1) },
          ],
        });
        const whole = total(sample, from, (first + second) * MINUTE_MS).totalMinor;
        const parts =
          total(sample, from, first * MINUTE_MS).totalMinor +
          total(sample, from + first * MINUTE_MS, second * MINUTE_MS).totalMinor;
        expect(whole).toBe(parts);
      }),
    );
  });

  test("the tariffs made here pass their schema", () => {
    fc.assert(
      fc.property(bands, (someBands) => {
        expect(tariff.safeParse({ ...sampleTariff(), bands: someBands }).success).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
