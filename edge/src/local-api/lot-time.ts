import { zoneSpanAt } from "@gatehouse/shared/domain/wall-clock/zone.ts";
import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";

/** A wall time as it reads on a clock at the lot. */
export function lotTime(ms: number | null, timeZone: string): string {
  if (ms === null) return "-";
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(ms);
}

const UNITS: Readonly<Record<string, number>> = { s: SECOND_MS, min: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
const HAS_ZONE = /(Z|[+-]\d\d:?\d\d)$/;

/**
 * A time as a person at the lot writes it: `14:05` (today), `2026-11-22 14:05`, with a zone (`...T14:05Z`), or before now
 * (`-15min`, `-2h`, `-1d`). Null when it is none of them.
 */
export function readLotTime(text: string, { now, timeZone }: { now: number; timeZone: string }): WallMs | null {
  const ago = /^-(\d+)(s|min|h|d)$/.exec(text);
  if (ago) return wallMs(now - Number(ago[1]) * (UNITS[ago[2] ?? ""] ?? Number.NaN));
  const withDay = /^\d{1,2}:\d\d(:\d\d)?$/.test(text)
    ? `${lotTime(now, timeZone).slice(0, 10)}T${text.padStart(text.length === 4 || text.length === 7 ? text.length + 1 : 0, "0")}`
    : text.replace(" ", "T");
  if (HAS_ZONE.test(withDay) && withDay.includes("T")) return parsed(withDay);
  const asUtc = parsed(/^\d{4}-\d\d-\d\d$/.test(withDay) ? `${withDay}T00:00Z` : `${withDay}Z`);
  if (asUtc === null) return null;
  const guess = asUtc - zoneSpanAt(timeZone, asUtc).offsetMs;
  return wallMs(asUtc - zoneSpanAt(timeZone, guess).offsetMs);
}

function parsed(text: string): WallMs | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : wallMs(ms);
}
