import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { pruneOutbox } from "../events/prune-outbox.ts";
import { forgetKeys } from "../services/idempotency/claim-key.ts";

export interface RetentionOptions {
  readonly db: Database;
  /** Wall time of the lots' world, by which events and keys are dated. */
  readonly clock: Pick<Clock, "wall">;
  readonly realClock: Clock;
  readonly log: Logger;
  /** Names of all consumer groups. */
  readonly consumers: readonly string[];
}

const EVERY_MS = HOUR_MS;
/** How far back a real-time client may resume, and an operator look at what the bus carried. */
const KEEP_EVENTS_MS = 7 * DAY_MS;
const KEEP_KEYS_MS = DAY_MS;

/** Removes what is kept for a time only: events that all have taken, answers to old idempotent requests. */
export function createRetention({ db, clock, realClock, log, consumers }: RetentionOptions): Service {
  let timer: Timer | null = null;
  let working: Promise<void> = Promise.resolve();
  const before = (keptMs: number): Date => new Date(clock.wall() - keptMs);

  async function clean(): Promise<void> {
    await pruneOutbox(db, before(KEEP_EVENTS_MS), consumers);
    await forgetKeys(db, before(KEEP_KEYS_MS));
  }

  return {
    name: "retention",
    run: async () => {
      timer = realClock.every(EVERY_MS, () => {
        working = clean().catch((error: unknown) => log.error({ err: error }, "old rows could not be removed"));
      });
    },
    drain: async () => {
      timer?.cancel();
      await working;
    },
    stop: async () => timer?.cancel(),
  };
}
