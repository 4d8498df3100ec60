import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";
import { operators } from "./operators.ts";

const bytea = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => "bytea",
  toDriver: (value) => Buffer.from(value),
});

/** A bearer token of an operator's staff or of a device that talks to the API; only the hash of its secret is kept. */
export const apiTokens = pgTable(
  "api_tokens",
  {
    id: uuid("id").primaryKey(),
    operator_id: uuid("operator_id")
      .notNull()
      .references(() => operators.id),
    name: varchar("name", { length: 128 }).notNull(),
    role: varchar("role", { length: 32 }).notNull(),
    /** The lots that it is good for; null for all of the operator's. */
    lot_ids: uuid("lot_ids").array(),
    /** SHA-256 of the secret, which has 256 random bits and so needs no salt. */
    secret_hash: bytea("secret_hash").notNull(),
    created_at: instant("created_at").notNull(),
    expires_at: instant("expires_at"),
    revoked_at: instant("revoked_at"),
  },
  (table) => [
    check("api_tokens_role", sql`${table.role} in ('operator_admin', 'gate_attendant', 'lpr_device', 'viewer')`),
  ],
);

/** Who did what, append-only: triggers of its migration refuse update, delete and truncate. */
export const auditLog = pgTable(
  "audit_log",
  {
    id: bigint("id", { mode: "number" }).generatedAlwaysAsIdentity().primaryKey(),
    at: instant("at").notNull(),
    operator_id: uuid("operator_id"),
    lot_id: uuid("lot_id"),
    actor_kind: varchar("actor_kind", { length: 16 }).notNull(),
    actor_id: varchar("actor_id", { length: 64 }).notNull(),
    action: varchar("action", { length: 64 }).notNull(),
    subject_kind: varchar("subject_kind", { length: 32 }).notNull(),
    subject_id: varchar("subject_id", { length: 64 }).notNull(),
    request_id: varchar("request_id", { length: 64 }),
    details: jsonb("details"),
  },
  (table) => [
    /** What was done at a lot, newest first. */
    index("audit_log_lot_at").on(table.operator_id, table.lot_id, table.at),
  ],
);

/** The answer that a request with this Idempotency-Key got, given again when it is repeated. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    token_id: uuid("token_id")
      .notNull()
      .references(() => apiTokens.id),
    key: varchar("key", { length: 128 }).notNull(),
    /** SHA-256 of method, path and body: the same key with another request is refused. */
    request_hash: bytea("request_hash").notNull(),
    status: integer("status").notNull(),
    headers: jsonb("headers").$type<Readonly<Record<string, string>>>().notNull(),
    body: jsonb("body"),
    created_at: instant("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.token_id, table.key] }),
    /** Removal of old ones. */
    index("idempotency_keys_age").on(table.created_at),
  ],
);
