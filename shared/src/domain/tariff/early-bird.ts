import type { EarlyBird, Tariff } from "../../contracts/replica/tariff.ts";
import { minuteOfDay } from "../../contracts/replica/week-coverage.ts";
import { wallMs } from "../../kit/clock.ts";
import { MINUTE_MS } from "../../kit/durations.ts";
import { weekdayIndex } from "../wall-clock/weekly.ts";
import { readWallClock, type WallReading } from "../wall-clock/zone.ts";
import { scaleAmount } from "./amounts.ts";
import type { Factors } from "./factors.ts";
import { type Fee, plainLine } from "./fee.ts";
import { isSpecialDay, scheduleOf } from "./schedule.ts";

/** The cheapest early-bird price that a stay earns by when it came and when it leaves; null when it earns none. */
export function earlyBirdFee(
  tariff: Tariff,
  { enteredAt, exitAt }: { readonly enteredAt: number; readonly exitAt: number },
  factors: Factors,
): Fee | null {
  const entry = readWallClock(tariff.time_zone, enteredAt);
  const exit = readWallClock(tariff.time_zone, exitAt);
  const onSpecialDay = isSpecialDay(scheduleOf(tariff), entry.day);
  let best: Fee | null = null;
  for (const bird of tariff.early_birds) {
    if ((onSpecialDay && !bird.on_special_days) || !isEarned(bird, entry, exit)) continue;
    const totalMinor = scaleAmount(bird.price_minor, factors.prices);
    if (best !== null && best.totalMinor <= totalMinor) continue;
    const line = plainLine("early_bird", bird.early_bird_id, totalMinor);
    best = { totalMinor, lines: [{ ...line, from: wallMs(enteredAt), to: wallMs(exitAt) }] };
  }
  return best;
}

function isEarned(bird: EarlyBird, entry: WallReading, exit: WallReading): boolean {
  return (
    bird.days.some((day) => weekdayIndex(day) === entry.weekday) &&
    isBetween(entry.timeMs, bird.entry_from, bird.entry_to) &&
    exit.day - entry.day === bird.exit_days_later &&
    isBetween(exit.timeMs, bird.exit_from, bird.exit_to)
  );
}

function isBetween(timeMs: number, from: string, to: string): boolean {
  return timeMs >= minuteOfDay(from) * MINUTE_MS && timeMs < minuteOfDay(to) * MINUTE_MS;
}
