import { z } from "zod";
import { isTimeZone } from "../primitives.ts";

/** A calendar date of the lot's own calendar, `YYYY-MM-DD`. */
export const calendarDate = z.iso.date({ error: "Give a date such as 2026-12-25." });

/** A time of day on the lot's wall clock, `HH:MM`, from 00:00 to 23:59. */
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "Give a time of day as HH:MM, from 00:00 to 23:59.");

export const weekday = z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
export type Weekday = z.infer<typeof weekday>;
export const weekdays = z.array(weekday).min(1, "Name at least one weekday.").max(7);

/** A short machine name: rule ids, vehicle classes, areas. */
export const slug = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, "Use 1 to 40 of a-z, 0-9, _ and -, starting with a letter.");

export const identifier = z.string().min(1).max(64);

/** A plate in its normalised form (domain/plate/normalise.ts), so that both sides compare equal text. */
export const plateText = z.string().min(1).max(20);

/** A name of the IANA time zone database that this platform knows. */
export const timeZone = z.string().refine(isTimeZone, "Give an IANA time zone such as Europe/Berlin.");

/** Largest price, cap or payment accepted, so that sums stay exact integers. */
export const MAX_AMOUNT_MINOR = 100_000_000;
/** A price, cap or payment in minor units; never negative. */
export const priceMinor = z.int().min(0).max(MAX_AMOUNT_MINOR);

/** A stretch of the lot's week: on each named day from `from` until `to`; `to` at or before `from` is on the next day. */
export const weeklyWindow = z.object({ days: weekdays, from: timeOfDay, to: timeOfDay });
export type WeeklyWindow = z.infer<typeof weeklyWindow>;
