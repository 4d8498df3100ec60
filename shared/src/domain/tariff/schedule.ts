import type { DayBand, Tariff, TariffRate } from "../../contracts/replica/tariff.ts";
import { minuteOfDay } from "../../contracts/replica/week-coverage.ts";
import { DAY_MS, MINUTE_MS } from "../../kit/durations.ts";
import { weekdayIndex } from "../wall-clock/weekly.ts";
import { dayOfDate, readWallClock, weekdayOf } from "../wall-clock/zone.ts";

export interface ScheduledBand {
  readonly bandId: string;
  readonly rate: TariffRate;
  readonly capMinor: number | null;
}

/** A band's part of one calendar day, in wall-clock milliseconds after 00:00. */
interface Slot {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly band: ScheduledBand;
  /** -1 where the band started on the evening before. */
  readonly startedDay: 0 | -1;
}

/** A tariff's bands, laid out by calendar day. */
export interface Schedule {
  readonly zone: string;
  readonly week: readonly (readonly Slot[])[];
  readonly special: ReadonlyMap<number, readonly Slot[]>;
}

/** One unbroken stretch of one occurrence of a band. */
export interface Segment {
  readonly band: ScheduledBand;
  /** The same for every stretch of the band that started on one calendar day. */
  readonly occurrence: string;
  /** Exclusive, ms since the epoch. */
  readonly until: number;
}

const schedules = new WeakMap<Tariff, Schedule>();

/** The schedule of a tariff; computed once per tariff object. */
export function scheduleOf(tariff: Tariff): Schedule {
  const known = schedules.get(tariff);
  if (known) return known;
  const schedule = { zone: tariff.time_zone, week: weekSlots(tariff), special: specialSlots(tariff) };
  schedules.set(tariff, schedule);
  return schedule;
}

/**
 * The band in force at an instant, by the wall clock of the lot, and when it ends. Where the clock is set back and
 * leaves the band, the stretch ends there; where it stays in the band, the stretch is as long as it really lasted.
 */
export function segmentAt(schedule: Schedule, at: number): Segment {
  const first = slotAt(schedule, at);
  let until = first.until;
  for (;;) {
    const next = slotAt(schedule, until);
    // At the end of the calendar (year 9999) there is no later stretch.
    if (next.occurrence !== first.occurrence || next.until <= until)
      return { band: first.band, occurrence: first.occurrence, until };
    until = next.until;
  }
}

/** Whether a calendar day has prices of its own. */
export function isSpecialDay(schedule: Schedule, day: number): boolean {
  return schedule.special.has(day);
}

function slotAt(schedule: Schedule, at: number): Segment {
  const { day, timeMs, span } = readWallClock(schedule.zone, at);
  const slots = schedule.special.get(day) ?? schedule.week[weekdayOf(day)] ?? [];
  const slot = slots.find((one) => timeMs < one.toMs);
  if (slot === undefined) throw new RangeError("The tariff's bands leave a gap; validate it with its schema first.");
  return {
    band: slot.band,
    occurrence: `${slot.band.bandId}@${day + slot.startedDay}`,
    until: Math.min(day * DAY_MS + slot.toMs - span.offsetMs, span.until),
  };
}

function weekSlots(tariff: Tariff): Slot[][] {
  const week: Slot[][] = Array.from({ length: 7 }, () => []);
  for (const band of tariff.bands) {
    for (const name of band.days) {
      const start = weekdayIndex(name);
      for (const slot of slotsOf(band)) week[slot.startedDay === 0 ? start : (start + 1) % 7]?.push(slot);
    }
  }
  return week.map(sorted);
}

function specialSlots(tariff: Tariff): Map<number, readonly Slot[]> {
  return new Map(
    tariff.special_days.flatMap(({ dates, bands }) => {
      const slots = sorted(bands.flatMap(slotsOf).map((slot) => ({ ...slot, startedDay: 0 as const })));
      return dates.map((date): [number, readonly Slot[]] => [dayOfDate(date), slots]);
    }),
  );
}

function slotsOf(band: DayBand): Slot[] {
  const scheduled = { bandId: band.band_id, rate: band.rate, capMinor: band.cap_minor };
  const fromMs = minuteOfDay(band.from) * MINUTE_MS;
  const toMs = minuteOfDay(band.to) * MINUTE_MS;
  if (toMs > fromMs) return [{ fromMs, toMs, band: scheduled, startedDay: 0 }];
  const evening: Slot = { fromMs, toMs: DAY_MS, band: scheduled, startedDay: 0 };
  return toMs === 0 ? [evening] : [evening, { fromMs: 0, toMs, band: scheduled, startedDay: -1 }];
}

function sorted(slots: readonly Slot[]): Slot[] {
  return [...slots].sort((left, right) => left.fromMs - right.fromMs);
}
