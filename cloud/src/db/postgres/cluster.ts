import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { findBinaries, POSTGRES_MAJOR } from "./binaries.ts";
import { PostgresError } from "./postgres-error.ts";
import { invocationAs, type PostgresUser } from "./run-as.ts";

const run = promisify(execFile);
const SUPERUSER = "gatehouse";
const PASSWORD_BYTES = 24;

/** A data directory that is there and ours to open. */
export interface Cluster {
  readonly dataDir: string;
  readonly logFile: string;
  readonly user: string;
  readonly password: string;
  readonly runAs: PostgresUser | null;
}

export interface ClusterOptions {
  /** Folder that belongs to the built-in Postgres alone; made when absent. */
  readonly home: string;
  readonly runAs: PostgresUser | null;
  readonly random: Random;
}

/**
 * The cluster in `home`, made when there is none. Throws `postgres_other_version`, `postgres_wrong_owner`,
 * `postgres_no_space`, `postgres_not_started`.
 */
export async function openCluster({ home, runAs, random }: ClusterOptions): Promise<Cluster> {
  await mkdir(home, { recursive: true });
  // Others may pass, since Postgres may run as another user than we; its data directory is closed to all but that one.
  await chmod(home, 0o711).catch(refuseOwner(home));
  const cluster: Cluster = {
    dataDir: join(home, "data"),
    logFile: join(home, "postgres.log"),
    user: SUPERUSER,
    password: await readOrMakePassword(join(home, "password"), random),
    runAs,
  };
  const version = await readFile(join(cluster.dataDir, "PG_VERSION"), "utf8").catch(absent);
  if (version === null) await initialise(cluster);
  else await checkExisting(cluster, version.trim());
  return cluster;
}

async function readOrMakePassword(file: string, random: Random): Promise<string> {
  const kept = await readFile(file, "utf8").catch(absent);
  if (kept !== null) return kept.trim();
  const password = Buffer.from(random.bytes(PASSWORD_BYTES)).toString("base64url");
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: "wx", flush: true });
  return password;
}

async function checkExisting({ dataDir, runAs }: Cluster, version: string): Promise<void> {
  if (version !== POSTGRES_MAJOR) {
    const advice = `Start that version of Gatehouse, or move ${dataDir} away to begin anew.`;
    throw new PostgresError(
      "postgres_other_version",
      `The data was written by Postgres ${version}; this is ${POSTGRES_MAJOR}. ${advice}`,
    );
  }
  const { uid } = await stat(dataDir);
  if (uid !== (runAs?.uid ?? process.getuid?.() ?? uid)) throw wrongOwner(dataDir);
}

/** Makes the data directory under another name first: a half-made one is never taken for a whole one. */
async function initialise(cluster: Cluster): Promise<void> {
  const { initdb } = findBinaries();
  const draft = `${cluster.dataDir}.new`;
  const passwordFile = `${draft}.password`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, cluster.password, { mode: 0o600 });
  try {
    if (cluster.runAs)
      for (const path of [draft, passwordFile]) await chown(path, cluster.runAs.uid, cluster.runAs.gid);
    const args = [
      `--pgdata=${draft}`,
      `--username=${cluster.user}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
      "--lc-messages=C",
    ];
    const call = invocationAs(cluster.runAs, { program: initdb, args, dataDir: draft });
    await run(call.file, [...call.args], { ...call.options, cwd: "/" });
    await rename(draft, cluster.dataDir);
  } catch (cause) {
    throw initFailure(cause);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function initFailure(cause: unknown): PostgresError {
  const text = errorMessage(cause);
  if (errorCode(cause) === "ENOSPC" || text.includes("No space left on device"))
    return new PostgresError(
      "postgres_no_space",
      "There is no space left for the database (about 60 MB); free some and start again.",
      { cause },
    );
  return new PostgresError("postgres_not_started", `The database directory can't be made: ${text.slice(0, 600)}`, {
    cause,
  });
}

function refuseOwner(home: string): (error: unknown) => never {
  return (error) => {
    if (errorCode(error) === "EPERM" || errorCode(error) === "EACCES") throw wrongOwner(home, error);
    throw error;
  };
}

function wrongOwner(path: string, cause?: unknown): PostgresError {
  const advice = "Start as the user that started it before, or choose another data directory.";
  return new PostgresError("postgres_wrong_owner", `${path} belongs to another user. ${advice}`, { cause });
}

function absent(error: unknown): null {
  if (errorCode(error) === "ENOENT") return null;
  throw error;
}
