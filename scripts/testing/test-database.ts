/// <reference path="./postgres-setup.ts" />
import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

export interface TestDatabase {
  /** Connection string of an empty database that only this caller knows. */
  readonly url: string;
  /** Removes the database, cutting connections that are still open. */
  drop(): Promise<void>;
}

/**
 * Makes an empty database in the run's Postgres. Only for tests of the `pg` project (`*.pg.test.ts`); elsewhere there
 * is no Postgres and it rejects.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject("postgresUrl");
  if (serverUrl === undefined) throw new Error("No Postgres in this run: name the test file *.pg.test.ts.");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await runAsAdmin(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runAsAdmin(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runAsAdmin(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
