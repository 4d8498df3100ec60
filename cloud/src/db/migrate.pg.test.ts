import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../scripts/testing/test-database.ts";
import { migrateDatabase } from "./migrate.ts";

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

test("processes that start together migrate once, and a later start changes nothing", async () => {
  await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(database.url)));
  const first = await client.query("SELECT hash FROM drizzle.__drizzle_migrations ORDER BY id");
  await migrateDatabase(database.url);
  const second = await client.query("SELECT hash FROM drizzle.__drizzle_migrations ORDER BY id");
  expect(first.rows.length).toBeGreaterThan(1);
  expect(new Set(first.rows.map((row) => row.hash)).size).toBe(first.rows.length);
  expect(second.rows).toEqual(first.rows);
});

test("the audit log refuses update, delete and truncate", async () => {
  await client.query(
    `INSERT INTO audit_log (at, actor_kind, actor_id, action, subject_kind, subject_id)
     VALUES (now(), 'system', 'test', 'lot.created', 'lot', 'x')`,
  );
  for (const statement of ["UPDATE audit_log SET action = 'nothing'", "DELETE FROM audit_log", "TRUNCATE audit_log"]) {
    await expect(client.query(statement)).rejects.toThrow("append-only");
  }
  const { rows } = await client.query("SELECT action FROM audit_log");
  expect(rows).toEqual([{ action: "lot.created" }]);
});

test("a database of a newer build is refused and left alone", async () => {
  await client.query("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)");
  await expect(migrateDatabase(database.url)).rejects.toMatchObject({ code: "schema_newer" });
});
