import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { type Clock, later, sleep } from "@gatehouse/shared/kit/clock.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import pg from "pg";
import { findBinaries } from "./binaries.ts";
import { type Cluster, openCluster } from "./cluster.ts";
import { PostgresError } from "./postgres-error.ts";
import { invocationAs, postgresUser } from "./run-as.ts";
import { answersFor, isAlive, type PidFile, readPidFile, urlOf } from "./running-server.ts";

export interface EmbeddedPostgresOptions {
  /** The database lives in `postgres/` below it. */
  readonly dataDir: string;
  /** Null takes a free one. */
  readonly port: number | null;
  readonly clock: Clock;
  readonly random: Random;
}

export interface EmbeddedPostgres {
  /** Connection string, with the password, of the database `gatehouse`. */
  readonly url: string;
  readonly port: number;
  /** True when a server that an earlier, killed process left behind was taken over. */
  readonly adopted: boolean;
  /** Resolves when the server's process is gone, by `stop` or by itself. */
  readonly ended: Promise<void>;
  /** Ends it in order: transactions under way are undone, everything committed is on disk. */
  stop(): Promise<void>;
}

const DATABASE = "gatehouse";
/** Recovery after a power cut may take its time. */
const START_MAX_MS = 60_000;
const STOP_MAX_MS = 10_000;
const LOOK_EVERY_MS = 25;
const WATCH_EVERY_MS = 500;
const LOG_MAX_BYTES = 10_485_760;
const LOG_TAIL_BYTES = 4_000;

/** Durability is Postgres' own default (fsync, synchronous_commit, full_page_writes on). Its log shows no data: no plates. */
const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=100",
  "wal_compression=on",
  "jit=off",
  "logging_collector=off",
  "log_min_error_statement=panic",
  "log_error_verbosity=terse",
];

/**
 * Starts the built-in Postgres on the loopback address, or takes over the one that a killed process left running. Throws
 * PostgresError, with what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = resolve(options.dataDir, "postgres");
  const cluster = await openCluster({ home, runAs: await postgresUser(), random: options.random });
  const server = (await adopt(cluster, options)) ?? (await start(cluster, options));
  try {
    await createDatabase(cluster, server.port);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, url: urlOf(cluster, server.port, DATABASE) };
}

type Server = Omit<EmbeddedPostgres, "url">;

/** The server of a process that was killed, if it still runs; a pid file of one that doesn't is removed. */
async function adopt(cluster: Cluster, { clock }: EmbeddedPostgresOptions): Promise<Server | null> {
  const end = later(clock.mono(), START_MAX_MS);
  for (;;) {
    const found = await readPidFile(cluster);
    if (!found) return null;
    if (!isAlive(found.pid) || !(await isPostgres(found.pid))) {
      // The process id may belong to somebody else by now, which Postgres itself can't tell and would refuse to start.
      await rm(join(cluster.dataDir, "postmaster.pid"), { force: true });
      return null;
    }
    if (await answersFor(cluster, found.port)) return serverOf(found, { adopted: true, clock });
    if (clock.mono() > end)
      throw new PostgresError(
        "postgres_not_started",
        `A Postgres of an earlier start (process ${found.pid}) doesn't answer; end it and start again.`,
      );
    await sleep(clock, LOOK_EVERY_MS);
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
  // Where there is no /proc, a living process counts as Postgres.
  return command === null || command.includes("postgres");
}

async function start(cluster: Cluster, { port: wanted, clock }: EmbeddedPostgresOptions): Promise<Server> {
  const port = await findPort(wanted);
  const child = await spawnServer(cluster, port);
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const isOver = { value: false };
  void exited.then(() => {
    isOver.value = true;
  });
  const end = later(clock.mono(), START_MAX_MS);
  while (!(await answersFor(cluster, port))) {
    if (isOver.value) throw await startFailure(cluster, port);
    if (clock.mono() > end) {
      child.kill("SIGQUIT");
      throw await startFailure(cluster, port);
    }
    await Promise.race([sleep(clock, LOOK_EVERY_MS), exited]);
  }
  return serverOf({ pid: child.pid ?? 0, port }, { adopted: false, clock });
}

function serverOf({ pid, port }: PidFile, { adopted, clock }: { adopted: boolean; clock: Clock }): Server {
  const ended = new Promise<void>((resolve) => {
    const watch = clock.every(WATCH_EVERY_MS, () => {
      if (isAlive(pid)) return;
      watch.cancel();
      resolve();
    });
  });
  return { port, adopted, ended, stop: () => stopProcess(pid, clock) };
}

/** In a process group of its own, so that Ctrl-C in the terminal reaches only us and we end it in order. */
async function spawnServer(cluster: Cluster, port: number): Promise<ChildProcess> {
  const { postgres } = findBinaries();
  const args = ["-D", cluster.dataDir, "-p", String(port), ...SETTINGS.flatMap((setting) => ["-c", setting])];
  const call = invocationAs(cluster.runAs, { program: postgres, args, dataDir: cluster.dataDir });
  const size = await stat(cluster.logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_MAX_BYTES) await rename(cluster.logFile, `${cluster.logFile}.old`);
  const log = await open(cluster.logFile, "a", 0o600);
  try {
    const stdio = ["ignore", log.fd, log.fd] as const;
    const child = spawn(call.file, [...call.args], { ...call.options, cwd: "/", detached: true, stdio: [...stdio] });
    await new Promise<void>((done, failed) => {
      child.once("spawn", done);
      child.once("error", failed);
    });
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

async function startFailure({ logFile, dataDir }: Cluster, port: number): Promise<PostgresError> {
  const log = await readFile(logFile, "utf8").catch(() => "");
  const tail = log.slice(-LOG_TAIL_BYTES).trim();
  if (tail.includes("Address already in use")) return portInUse(port);
  if (tail.includes("No space left on device"))
    return new PostgresError(
      "postgres_no_space",
      `There is no space left on the disk of ${dataDir}; free some and start again.`,
    );
  if (tail.includes("wrong ownership"))
    return new PostgresError(
      "postgres_wrong_owner",
      `${dataDir} belongs to another user. Start as the user that started it before.`,
    );
  const last = tail.split("\n").slice(-5).join("\n");
  return new PostgresError("postgres_not_started", `Postgres doesn't start. The end of its log, ${logFile}:\n${last}`);
}

/** Fast shutdown, and an immediate one (with recovery at the next start) when that takes too long. */
async function stopProcess(pid: number, clock: Clock): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    const end = later(clock.mono(), STOP_MAX_MS);
    while (isAlive(pid) && clock.mono() < end) await sleep(clock, LOOK_EVERY_MS);
  }
}

async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(cluster, port, "postgres") });
  await client.connect();
  try {
    const { rows } = await client.query("SELECT FROM pg_database WHERE datname = $1", [DATABASE]);
    if (rows.length === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** The wanted port, or a free one; nobody listens on it at this moment. */
function findPort(wanted: number | null): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once("error", (cause) => failed(errorCode(cause) === "EADDRINUSE" ? portInUse(wanted ?? 0) : cause));
    probe.listen(wanted ?? 0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === "string") failed(new Error("The probe has no TCP address."));
        else done(address.port);
      });
    });
  });
}

function portInUse(port: number): PostgresError {
  const advice = "End it, or choose another port for the database.";
  return new PostgresError("postgres_port_in_use", `Port ${port} is taken by another program. ${advice}`);
}
