import { Temporal } from "temporal-polyfill";
import { DAY_MS } from "../../kit/durations.ts";

/** A stretch of time in which a zone's wall clock runs at one offset from UTC. */
export interface ZoneSpan {
  /** Milliseconds since the epoch; may be infinite. */
  readonly from: number;
  /** Exclusive; may be infinite. */
  readonly until: number;
  /** Wall clock minus UTC. */
  readonly offsetMs: number;
}

/** Spans kept for one zone; a lot needs two a year. At the limit the memo starts anew. */
const MAX_SPANS_KEPT = 512;
/** Instants beyond year 9999 are taken as its end, so that nonsense stays computable. */
const LATEST_MS = 253_402_300_799_999;

const spansByZone = new Map<string, ZoneSpan[]>();

/**
 * The offset in force at an instant, and from when until when. Memoised, since the platform's zone data is slow to ask.
 * Throws RangeError for a zone that the platform does not know.
 */
export function zoneSpanAt(zone: string, at: number): ZoneSpan {
  const instant = clampInstant(at);
  let spans = spansByZone.get(zone);
  if (spans === undefined) {
    spans = [];
    spansByZone.set(zone, spans);
  }
  for (const span of spans) {
    if (instant >= span.from && instant < span.until) return span;
  }
  if (spans.length >= MAX_SPANS_KEPT) spans.length = 0;
  const found = findSpan(zone, instant);
  spans.push(found);
  return found;
}

/** An instant that the calendar can compute with: not a number is the epoch, and the range is 1970 to 9999. */
export function clampInstant(at: number): number {
  return Number.isNaN(at) ? 0 : Math.min(LATEST_MS, Math.max(0, at));
}

function findSpan(zone: string, at: number): ZoneSpan {
  const here = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(zone);
  // A transition exactly at `at` opens the span; asking 1 ns later makes it the previous one.
  const previous = here.add({ nanoseconds: 1 }).getTimeZoneTransition("previous");
  const next = here.getTimeZoneTransition("next");
  return {
    from: previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    until: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: here.offsetNanoseconds / 1e6,
  };
}

/** What a zone's wall clock shows, as numbers. */
export interface WallReading {
  /** Calendar days since 1970-01-01. */
  readonly day: number;
  /** 0 is Monday. */
  readonly weekday: number;
  /** Milliseconds that the clock shows after 00:00; not time elapsed since midnight. */
  readonly timeMs: number;
  readonly span: ZoneSpan;
}

/** The wall clock of a zone at an instant. */
export function readWallClock(zone: string, at: number): WallReading {
  const instant = clampInstant(at);
  const span = zoneSpanAt(zone, instant);
  const local = instant + span.offsetMs;
  const day = Math.floor(local / DAY_MS);
  return { day, weekday: weekdayOf(day), timeMs: local - day * DAY_MS, span };
}

/** 0 is Monday; 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** Calendar days since 1970-01-01 of a date `YYYY-MM-DD`. */
export function dayOfDate(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}
