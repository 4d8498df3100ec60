import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { formatMoney } from "@gatehouse/shared/kit/money.ts";

/** Making a formatter costs a hundred times what using one does; locales times zones of one operator are few. */
const MAX_FORMATTERS = 500;

type TimeStyle = "time" | "time_seconds" | "day_time" | "date";

const STYLES: Readonly<Record<TimeStyle, Intl.DateTimeFormatOptions>> = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  time_seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  day_time: {
    day: "2-digit",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  },
  date: { day: "2-digit", month: "short", year: "numeric" },
};

const formatters = new Map<string, Intl.DateTimeFormat>();

/** An instant (ms since the epoch) by the wall clock of a zone. A zone that the browser doesn't know is shown as UTC. */
export function formatTime(at: number, style: TimeStyle, { locale, zone }: { locale: string; zone: string }): string {
  return formatterOf(locale, zone, style).format(at);
}

function formatterOf(locale: string, zone: string, style: TimeStyle): Intl.DateTimeFormat {
  const key = `${locale} ${zone} ${style}`;
  const known = formatters.get(key);
  if (known) return known;
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  const made = makeFormatter(locale, zone, STYLES[style]);
  formatters.set(key, made);
  return made;
}

function makeFormatter(locale: string, zone: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, { ...style, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat(locale, { ...style, timeZone: "UTC", timeZoneName: "short" });
  }
}

/** A length of time in its largest one or two units: "45 s", "3 min", "2 h 5 min", "4 d 6 h". */
export function formatDuration(lengthMs: number, locale: string): string {
  const ms = Math.max(0, lengthMs);
  if (ms < MINUTE_MS) return unit(ms / SECOND_MS, "second", locale);
  if (ms < HOUR_MS) return unit(ms / MINUTE_MS, "minute", locale);
  if (ms < DAY_MS) return two([ms / HOUR_MS, "hour"], [(ms % HOUR_MS) / MINUTE_MS, "minute"], locale);
  return two([ms / DAY_MS, "day"], [(ms % DAY_MS) / HOUR_MS, "hour"], locale);
}

type Part = readonly [number, "day" | "hour" | "minute"];

function two(large: Part, small: Part, locale: string): string {
  const first = unit(large[0], large[1], locale);
  return Math.floor(small[0]) === 0 ? first : `${first} ${unit(small[0], small[1], locale)}`;
}

function unit(value: number, name: "second" | "minute" | "hour" | "day", locale: string): string {
  return new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" }).format(Math.floor(value));
}

/** A fee, or null when there is none to show. An unknown currency is written as its code. */
export function formatFee(fee: { minor: number | null; currency: string | null }, locale: string): string | null {
  if (fee.minor === null || fee.currency === null) return null;
  return formatMoney({ amountMinor: fee.minor, currency: fee.currency }, locale);
}

export function formatCount(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size in the largest unit that it fills, in steps of 1,000 as disks are sold: "12 MB", "3.4 GB". */
export function formatBytes(bytes: number, locale: string): string {
  const step = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** step;
  const format = { style: "unit", unit: BYTE_UNITS[step] ?? "byte", unitDisplay: "short" } as const;
  return new Intl.NumberFormat(locale, { ...format, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
