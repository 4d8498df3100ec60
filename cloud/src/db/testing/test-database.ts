import { createTestDatabase } from "../../../../scripts/testing/test-database.ts";
import { type OpenDatabase, openDatabase } from "../database.ts";
import { migrateDatabase } from "../migrate.ts";

export interface TestDatabase extends OpenDatabase {
  readonly url: string;
}

/** An empty database with this build's schema, for one test file; `close` removes it. Only in `*.pg.test.ts`. */
export async function openTestDatabase(options: { maxConnections?: number } = {}): Promise<TestDatabase> {
  const { url, drop } = await createTestDatabase();
  await migrateDatabase(url);
  const open = openDatabase({ url, maxConnections: options.maxConnections ?? 10 });
  const close = async (): Promise<void> => {
    await open.close();
    await drop();
  };
  return { ...open, url, close };
}
