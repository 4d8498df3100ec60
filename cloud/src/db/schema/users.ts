import { pgTable, uuid, varchar } from "drizzle-orm/pg-core";
import { timestamps } from "./columns.ts";

export const users = pgTable("users", {
  id: uuid("id").primaryKey(),
  email: varchar("email", { length: 255 }).notNull().unique(),
  password_hash: varchar("password_hash", { length: 255 }).notNull(),
  first_name: varchar("first_name", { length: 100 }),
  last_name: varchar("last_name", { length: 100 }),
  ...timestamps,
});
