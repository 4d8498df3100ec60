import type { ExtractTablesWithRelations } from "drizzle-orm";
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from "drizzle-orm/node-postgres";
import type { PgTransaction } from "drizzle-orm/pg-core";
import pg from "pg";
import * as schema from "./schema.ts";

export type Schema = typeof schema;
export type Database = NodePgDatabase<Schema>;
/** A transaction in progress; a verb that is given one joins it. */
export type Transaction = PgTransaction<NodePgQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;
export type DatabaseOrTransaction = Database | Transaction;

/** For statements of SQL that the query builder would make slower. */
export type DatabasePool = pg.Pool;

export interface OpenDatabase {
  readonly db: Database;
  readonly pool: DatabasePool;
  /** Waits for the connections in use and closes all. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  readonly maxConnections: number;
  /** Told of connections that break; who used one also gets a rejection, and the pool replaces it. */
  readonly onError?: (error: Error) => void;
}

/** No statement of ours needs longer; one that does is cut, so that a bad plan can't take all connections. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A transaction that stands still holds locks; none of ours waits for anything but Postgres. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * Plans are made for the tables as they are. A plan that was kept from when they were small, also one inside the check of a
 * foreign key, goes through all stays of a lot for each payment: draining 120,000 events of one lot took 55 us of the
 * database's processor an event, rising, and takes 27.
 */
const PLAN_EACH_TIME = "-c plan_cache_mode=force_custom_plan";

/** A pool of connections with the query builder over it. Connects when first used. */
export function openDatabase({ url, maxConnections, onError }: DatabaseOptions): OpenDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    application_name: "gatehouse",
    options: PLAN_EACH_TIME,
    keepAlive: true,
  });
  const report = (error: Error): void => onError?.(error);
  pool.on("error", report);
  // The pool doesn't listen on a connection that is in use: without this, one that breaks then would end the process.
  pool.on("connect", (client) => client.on("error", report));
  return { db: drizzle(pool, { schema }), pool, close: () => pool.end() };
}
