import { bigint, timestamp } from "drizzle-orm/pg-core";

/** An instant; `timestamptz` with the microseconds that Postgres keeps. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Integer minor units of the currency in the same row. */
export const minor = (name: string) => bigint(name, { mode: "number" });

/** When the row came to be and last changed, by the process's wall clock; the defaults are for rows put in by hand. */
export const timestamps = {
  created_at: instant("created_at").notNull().defaultNow(),
  updated_at: instant("updated_at").notNull().defaultNow(),
};
