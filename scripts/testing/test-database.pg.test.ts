import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "./test-database.ts";

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("two test databases don't see each other's tables", async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(first.url, "CREATE TABLE mine (id int)");
  expect(await query(first.url, "SELECT to_regclass('mine')::text AS found")).toEqual([{ found: "mine" }]);
  expect(await query(second.url, "SELECT to_regclass('mine')::text AS found")).toEqual([{ found: null }]);
  await Promise.all([first.drop(), second.drop()]);
});

test("a dropped database is gone, even with a connection still open", async () => {
  const database = await createTestDatabase();
  const lingering = new pg.Client({ connectionString: database.url });
  lingering.on("error", () => undefined);
  await lingering.connect();
  await database.drop();
  await expect(query(database.url, "SELECT 1")).rejects.toThrow("does not exist");
});
