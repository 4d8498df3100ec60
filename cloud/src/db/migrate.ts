import { fileURLToPath } from "node:url";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

const MIGRATIONS_FOLDER = fileURLToPath(new URL("./migrations", import.meta.url));
/** Names the lock that processes which start at the same time queue on; any fixed number does. */
const MIGRATION_LOCK = 7_305_221_847;

/**
 * Brings the schema up to this build's, each missing migration once and in order, whoever else starts at the same time.
 * Throws `database_unreachable`; `schema_newer` when the database was already migrated by a later build, which this one
 * could damage.
 */
export async function migrateDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: "gatehouse migrations" });
  await client.connect().catch((cause: unknown) => {
    const advice = "Is it running, and is DATABASE_URL right?";
    const why = errorCode(cause) ?? "no answer";
    throw new GatehouseError("database_unreachable", `The database can't be reached (${why}). ${advice}`, { cause });
  });
  try {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await refuseNewer(client);
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS_FOLDER });
  } finally {
    await client.end();
  }
}

async function refuseNewer(client: pg.Client): Promise<void> {
  const ours = Math.max(...readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER }).map((one) => one.folderMillis));
  const applied = await latestApplied(client);
  if (applied === null || applied <= ours) return;
  throw new GatehouseError(
    "schema_newer",
    "The database was migrated by a newer version of Gatehouse than this one. Start that version, or restore a backup.",
  );
}

/** The creation time of the newest migration in the database, which drizzle keeps in ms; null in an empty database. */
async function latestApplied(client: pg.Client): Promise<number | null> {
  const { rows: tables } = await client.query<{ name: string | null }>(
    "SELECT to_regclass('drizzle.__drizzle_migrations')::text AS name",
  );
  if (!tables[0]?.name) return null;
  const { rows } = await client.query<{ latest: string | null }>(
    "SELECT max(created_at)::text AS latest FROM drizzle.__drizzle_migrations",
  );
  return rows[0]?.latest ? Number(rows[0].latest) : null;
}
