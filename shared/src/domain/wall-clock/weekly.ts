import type { Weekday, WeeklyWindow } from "../../contracts/replica/values.ts";
import { minuteOfDay } from "../../contracts/replica/week-coverage.ts";
import { MINUTE_MS } from "../../kit/durations.ts";
import { readWallClock } from "./zone.ts";

const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Position in the week, 0 is Monday. */
export function weekdayIndex(day: Weekday): number {
  return WEEKDAYS.indexOf(day);
}

/** Whether an instant lies in one of the windows on the zone's wall clock. The end is exclusive. No windows: never. */
export function isInWeeklyWindow(windows: readonly WeeklyWindow[], zone: string, at: number): boolean {
  const { weekday, timeMs } = readWallClock(zone, at);
  const yesterday = (weekday + 6) % 7;
  return windows.some(({ days, from, to }) => {
    const fromMs = minuteOfDay(from) * MINUTE_MS;
    const toMs = minuteOfDay(to) * MINUTE_MS;
    const startsOn = (index: number): boolean => days.some((day) => weekdayIndex(day) === index);
    if (toMs > fromMs) return startsOn(weekday) && timeMs >= fromMs && timeMs < toMs;
    return (startsOn(weekday) && timeMs >= fromMs) || (startsOn(yesterday) && timeMs < toMs);
  });
}
