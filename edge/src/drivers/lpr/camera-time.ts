import { zoneSpanAt } from "@gatehouse/shared/domain/wall-clock/zone.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { ParseContext } from "../../ports/camera/camera-read.ts";

/** Numbers from here on are milliseconds, below are seconds: 1973 in one unit, 5138 in the other. */
const LEAST_MS_STAMP = 1e11;
const LATEST_MS = 253_402_300_799_999;
/** `2026-05-04 07:30:00.250`, also with `/`, `T`, without separators, and with up to nine digits of a fraction. */
const YEAR_FIRST =
  /^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})[T _]*(\d{2}):?(\d{2}):?(\d{2})(?:[.,:]?(\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * A camera's time stamp as text or number of seconds or milliseconds, null when it can't be read. A text without a zone
 * is the wall clock of `timeZone`.
 */
export function cameraTime(stamp: unknown, { timeZone }: Pick<ParseContext, "timeZone">): WallMs | null {
  if (typeof stamp === "number") return fromEpoch(stamp);
  if (typeof stamp !== "string") return null;
  const text = stamp.trim();
  if (/^\d{9,13}(\.\d+)?$/.test(text)) return fromEpoch(Number(text));
  const found = YEAR_FIRST.exec(text);
  if (!found) return bounded(Date.parse(text));
  const [, year, month, day, hour, minute, second, fraction, zone] = found;
  const wall = utcOf([year, month, day].map(Number), [hour, minute, second].map(Number));
  if (wall === null) return null;
  const at = wall + Math.floor(Number(`0.${fraction ?? 0}`) * SECOND_MS);
  return bounded(zone === undefined ? inZone(at, timeZone) : at - offsetOf(zone));
}

/**
 * A date and a time of day in UTC whose order of day and month is not known: of the readings that are dates, the one
 * nearest to `receivedAt`.
 */
export function anyOrderTime(date: unknown, time: unknown, { receivedAt }: ParseContext): WallMs | null {
  if (typeof date !== "string" || typeof time !== "string") return null;
  const [a, b, c] = date
    .trim()
    .split(/[-/.:]/)
    .map(Number);
  const [hour, minute, second = 0] = time.trim().split(":").map(Number);
  if (a === undefined || b === undefined || c === undefined || hour === undefined || minute === undefined) return null;
  const orders =
    a > 31
      ? [[a, b, c]]
      : [
          [c, a, b],
          [c, b, a],
        ];
  const readings = orders.flatMap((order) => utcOf(order, [hour, minute, Math.floor(second)]) ?? []);
  readings.sort((one, other) => Math.abs(one - receivedAt) - Math.abs(other - receivedAt));
  return readings[0] === undefined ? null : bounded(readings[0]);
}

function fromEpoch(stamp: number): WallMs | null {
  return bounded(Math.abs(stamp) < LEAST_MS_STAMP ? stamp * SECOND_MS : stamp);
}

function bounded(ms: number): WallMs | null {
  return Number.isFinite(ms) && ms >= 0 && ms <= LATEST_MS ? (Math.floor(ms) as WallMs) : null;
}

function utcOf(
  [year = 0, month = 0, day = 0]: readonly number[],
  [hour = 0, minute = 0, second = 0]: readonly number[],
) {
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isNaN(ms) ? null : ms;
}

function offsetOf(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const digits = zone.replaceAll(/\D/g, "");
  const ms = Number(digits.slice(0, 2)) * HOUR_MS + Number(digits.slice(2)) * MINUTE_MS;
  return zone.startsWith("-") ? -ms : ms;
}

/**
 * The instant at which a zone's clock shows `wall`: of the hour that comes twice in autumn the first, and in the one that
 * never comes in spring, what a clock shows that nobody has set.
 */
function inZone(wall: number, timeZone: string): number {
  const [before, after] = [wall - DAY_MS, wall + DAY_MS].map((near) => wall - zoneSpanAt(timeZone, near).offsetMs);
  const shows = (at: number | undefined): at is number =>
    at !== undefined && at + zoneSpanAt(timeZone, at).offsetMs === wall;
  if (shows(before)) return before;
  return shows(after) ? after : (before ?? wall);
}
