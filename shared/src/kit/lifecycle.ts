import { type Clock, sleep } from "./clock.ts";
import type { Random } from "./random.ts";

/**
 * A part of a process with a life. `run` resolves when the part works; `drain` stops taking new work and resolves when
 * the work in hand is done; `stop` releases everything and may be called at any time, more than once.
 */
export interface Service {
  readonly name: string;
  run(): Promise<void>;
  drain(): Promise<void>;
  stop(): Promise<void>;
}

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Share of each wait that is random, 0 to 1, so that many clients don't come back at the same moment. */
  readonly jitter: number;
}

/** The wait before try number `attempt` (0 is the first retry): doubles up to the limit. */
export function backoffMs(backoff: Backoff, attempt: number, random: Random): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return full * (1 - backoff.jitter * random.next());
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  /** Told of each failure before the wait. */
  readonly onFailure?: (error: unknown, attempt: number, waitMs: number) => void;
}

/** Calls `work` until it succeeds; rejects only when the signal aborts. */
export async function retryUntil<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const waitMs = backoffMs(options.backoff, attempt, options.random);
      options.onFailure?.(error, attempt, waitMs);
      await sleep(options.clock, waitMs, options.signal);
    }
  }
}

/** Starts services in order; when one fails, stops those already started, in reverse, and rejects with its error. */
export async function runAll(services: readonly Service[]): Promise<void> {
  const started: Service[] = [];
  for (const service of services) {
    try {
      started.push(service);
      await service.run();
    } catch (error) {
      await stopAll(started);
      throw error;
    }
  }
}

/** Stops services in reverse order, each even when another fails; rejects with the first failure at the end. */
export async function stopAll(services: readonly Service[]): Promise<void> {
  const failures: unknown[] = [];
  for (const service of [...services].reverse()) {
    await service.stop().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
