import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Context } from "hono";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Database, DatabaseOrTransaction, DatabasePool } from "../db/database.ts";
import type { Actor } from "../services/access.ts";
import type { VerbContext } from "../services/verb-context.ts";

export type TokenActor = Extract<Actor, { kind: "token" }>;

/** What middleware leaves for routes. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    actor: TokenActor;
    /** The transaction of an idempotent request; routes pass it on by `verbContext`. */
    db: DatabaseOrTransaction;
  };
}

export interface ApiOptions {
  readonly db: Database;
  /** Of the same database, for verbs that write plain SQL. */
  readonly pool: DatabasePool;
  /** Wall time of the lots' world, which a simulation may run faster. */
  readonly clock: Pick<Clock, "wall">;
  /** The machine's own time, for limits, caches and lives of commands. */
  readonly realClock: Clock;
  readonly newId: NewId;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Requests that one token may make in a second, on average. */
  readonly requestsPerSecond: number;
  /** The built web pages; null when there are none. */
  readonly webDir: string | null;
  /** Control of the simulated world; null where lots are real. */
  readonly simulationUrl: string | null;
  /** SHA-256 of the hub's CA certificate, base64url, for enrolment tokens; null when this process can't know it. */
  readonly caFingerprint: () => string | null;
  /** Whether the process can serve now: what isn't working, by name; empty when all is well. */
  readonly failing: () => Promise<readonly string[]>;
}

/** What a verb is given for a request. */
export function verbContext(c: Context<ApiEnv>, { db, clock, newId }: ApiOptions): VerbContext {
  return { db: c.get("db") ?? db, clock, newId, actor: c.get("actor"), requestId: c.get("requestId") };
}
