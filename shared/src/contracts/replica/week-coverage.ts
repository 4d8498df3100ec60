import type { Weekday } from "./values.ts";

const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

interface Span {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

interface TimeRange {
  readonly band_id: string;
  readonly from: string;
  readonly to: string;
}

/** Minutes after midnight of `HH:MM`. */
export function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** What keeps weekly bands from covering each minute of the week exactly once, in words; empty when nothing does. */
export function weekCoverageFaults(bands: readonly (TimeRange & { readonly days: readonly Weekday[] })[]): string[] {
  const spans = bands.flatMap((band) =>
    band.days.flatMap((day) => wrap(spanOf(band, WEEKDAYS.indexOf(day) * DAY_MINUTES), WEEK_MINUTES)),
  );
  return coverageFaults(spans, WEEK_MINUTES, weekMinuteName);
}

/** The same for the bands of a special day, which wrap around within their date. */
export function dayCoverageFaults(bands: readonly TimeRange[]): string[] {
  const spans = bands.flatMap((band) => wrap(spanOf(band, 0), DAY_MINUTES));
  return coverageFaults(spans, DAY_MINUTES, timeName);
}

function spanOf(band: TimeRange, dayStart: number): Span {
  const from = minuteOfDay(band.from);
  const to = minuteOfDay(band.to);
  return { id: band.band_id, from: dayStart + from, to: dayStart + (to > from ? to : to + DAY_MINUTES) };
}

function wrap(span: Span, cycle: number): Span[] {
  if (span.to <= cycle) return [span];
  return [
    { ...span, to: cycle },
    { ...span, from: 0, to: span.to - cycle },
  ];
}

function coverageFaults(spans: readonly Span[], cycle: number, name: (minute: number) => string): string[] {
  const faults: string[] = [];
  let covered = 0;
  let previous = "";
  for (const span of [...spans].sort((left, right) => left.from - right.from || left.to - right.to)) {
    if (span.from > covered) faults.push(`No band covers ${name(covered)} to ${name(span.from)}.`);
    if (span.from < covered) {
      const both = [previous, span.id].sort().join(" and ");
      faults.push(`Bands ${both} both cover ${name(span.from)} to ${name(Math.min(covered, span.to))}.`);
    }
    if (span.to > covered) {
      covered = span.to;
      previous = span.id;
    }
  }
  if (covered < cycle) faults.push(`No band covers ${name(covered)} to ${name(cycle)}.`);
  return faults;
}

function weekMinuteName(minute: number): string {
  const day = Math.floor(minute / DAY_MINUTES);
  return day >= 7 ? "sun 24:00" : `${WEEKDAYS[day]} ${timeName(minute % DAY_MINUTES)}`;
}

function timeName(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
