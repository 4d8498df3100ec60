import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { PostgresError } from "./postgres-error.ts";

const run = promisify(execFile);
const USER = "postgres";

/** Who Postgres runs as. Null: as whoever runs us. Postgres refuses to be root, so root hands over to another user. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

/** The user that Postgres runs as; makes it when we are root and there is none. Throws `postgres_no_user`. */
export async function postgresUser(): Promise<PostgresUser | null> {
  if (process.getuid?.() !== 0) return null;
  const known = await lookUp();
  if (known) return known;
  try {
    await run("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]);
  } catch (cause) {
    const advice = `Make a system user named ${USER}, start as another user than root, or set DATABASE_URL.`;
    throw new PostgresError(
      "postgres_no_user",
      `Postgres refuses to run as root, and the user ${USER} can't be made. ${advice}`,
      { cause },
    );
  }
  const made = await lookUp();
  if (made) return made;
  throw new PostgresError("postgres_no_user", `The user ${USER} was made but isn't found; start again.`);
}

async function lookUp(): Promise<PostgresUser | null> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", USER]), run("id", ["-g", USER])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: { readonly uid?: number; readonly gid?: number };
}

/**
 * How to start a Postgres binary as `user`. Where a folder above the binary or the data lets only root pass (root's home),
 * Linux leaves that user the one capability to pass it; no_setuid_fixup makes it hold for access(2), by which Postgres
 * looks for itself. See docs/decisions/0006-postgres-as-root.md.
 */
export function invocationAs(
  user: PostgresUser | null,
  { program, args, dataDir }: { readonly program: string; readonly args: readonly string[]; readonly dataDir: string },
): Invocation {
  if (user === null) return { file: program, args, options: {} };
  const mayPass = process.platform !== "linux" || [program, dataDir].every(isPassable);
  if (mayPass) return { file: program, args, options: user };
  const identity = ["--reuid", String(user.uid), "--regid", String(user.gid), "--clear-groups"];
  const capability = [
    "--inh-caps",
    "+dac_override",
    "--ambient-caps",
    "+dac_override",
    "--securebits",
    "+no_setuid_fixup",
  ];
  return { file: "setpriv", args: [...identity, ...capability, program, ...args], options: {} };
}

function isPassable(file: string): boolean {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
