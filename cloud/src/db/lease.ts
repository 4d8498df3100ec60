import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { type Backoff, backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import pg from "pg";

/** Something that one process at a time may do; the database knows which. */
export interface Lease {
  /** Takes it if nobody has it, else null. Rejects when the database can't be reached. */
  tryAcquire(): Promise<HeldLease | null>;
  /** Resolves when it is ours, however long that takes; null when `signal` aborts. */
  acquire(signal: AbortSignal): Promise<HeldLease | null>;
}

export interface HeldLease {
  /** Resolves when it may be another's: our connection to the database has ended, or does not answer. */
  readonly lost: Promise<void>;
  /** Asks the database; resolves with whether it is still ours. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly url: string;
  /** A number that nothing else in this database takes as an advisory lock. */
  readonly key: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly onError: (error: unknown) => void;
}

const RETRY: Backoff = { firstMs: 200, maxMs: 2_000, jitter: 0.5 };
/** How often the holder asks whether its connection still lives, and how long an answer may take. */
const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 3_000;
/** How soon Postgres notices that a holder's computer is gone: 5 s, then 3 questions of 2 s. */
const KEEPALIVE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3";

/**
 * A lease as an advisory lock of a Postgres session: the database gives it up when the holder's connection ends, so a
 * process that is killed frees it at once.
 */
export function createLease(options: LeaseOptions): Lease {
  const { key, clock, random, onError } = options;

  async function attempt(statement: string, signal?: AbortSignal): Promise<HeldLease | null> {
    const client = await connect(options);
    const end = (): void => void client.end().catch(onError);
    signal?.addEventListener("abort", end, { once: true });
    try {
      signal?.throwIfAborted();
      const { rows } = await client.query<{ is_ours: boolean }>(statement, [key]);
      if (rows[0]?.is_ours === true) return hold(client, options);
    } catch (error) {
      end();
      throw error;
    } finally {
      signal?.removeEventListener("abort", end);
    }
    end();
    return null;
  }

  return {
    tryAcquire: () => attempt("SELECT pg_try_advisory_lock($1) AS is_ours"),
    acquire: async (signal) => {
      for (let tries = 0; !signal.aborted; tries++) {
        try {
          // Waits in the database, so that it is ours in the moment in which the other lets go.
          return await attempt("SELECT true AS is_ours FROM (SELECT pg_advisory_lock($1)) AS waited", signal);
        } catch (error) {
          if (signal.aborted) return null;
          onError(error);
          await sleep(clock, backoffMs(RETRY, tries, random), signal);
        }
      }
      return null;
    },
  };
}

async function connect({ url, onError }: LeaseOptions): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: "gatehouse lease", keepAlive: true });
  client.on("error", onError);
  try {
    await client.connect();
    await client.query(KEEPALIVE);
    return client;
  } catch (error) {
    await client.end().catch(onError);
    throw error;
  }
}

function hold(client: pg.Client, { clock, onError }: LeaseOptions): HeldLease {
  const ended = new AbortController();
  const lost = new Promise<void>((resolve) => client.once("end", resolve)).then(() => ended.abort());
  const isHeld = async (): Promise<boolean> => {
    if (ended.signal.aborted) return false;
    const answer = client.query("SELECT 1").then(
      () => true,
      () => false,
    );
    return Promise.race([answer, sleep(clock, PROBE_TIMEOUT_MS, ended.signal).then(() => false)]);
  };
  const probe = clock.every(PROBE_EVERY_MS, () => {
    // Ends the connection also when the other end doesn't hear of it.
    void isHeld().then((isAlive) => (isAlive ? undefined : client.end().catch(onError)));
  });
  void lost.then(() => probe.cancel());
  return {
    lost,
    isHeld,
    release: async () => {
      probe.cancel();
      await client.end().catch(onError);
    },
  };
}
