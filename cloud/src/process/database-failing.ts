import type pg from "pg";

/** For readiness: `["database"]` when it doesn't answer. */
export async function databaseFailing(pool: pg.Pool): Promise<readonly string[]> {
  try {
    await pool.query("SELECT 1");
    return [];
  } catch {
    return ["database"];
  }
}
