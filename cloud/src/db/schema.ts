/** All tables, for drizzle-kit and for the query builder. */
export * from "./schema/access.ts";
export * from "./schema/bus.ts";
export * from "./schema/commands.ts";
export * from "./schema/devices.ts";
export * from "./schema/lots.ts";
export * from "./schema/movements.ts";
export * from "./schema/operators.ts";
export * from "./schema/payments.ts";
export * from "./schema/replica.ts";
export * from "./schema/reservations.ts";
export * from "./schema/rights.ts";
export * from "./schema/sessions.ts";
export * from "./schema/spots.ts";
export * from "./schema/users.ts";
export * from "./schema/violations.ts";
