import { pgTable, uuid, varchar } from "drizzle-orm/pg-core";
import { timestamps } from "./columns.ts";

/** The company that runs lots: the tenant that everything else belongs to. */
export const operators = pgTable("operators", {
  id: uuid("id").primaryKey(),
  code: varchar("code", { length: 63 }).notNull().unique(),
  name: varchar("name", { length: 255 }).notNull(),
  ...timestamps,
});
