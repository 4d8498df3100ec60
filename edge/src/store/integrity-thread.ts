import { Worker } from "node:worker_threads";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { StoreLog } from "./store-port.ts";

/** After the start, when the lanes have been taken over and the link is up again. */
export const FIRST_CHECK_MS = MINUTE_MS;
/** An agent runs for months, and a card ages. */
const CHECK_EVERY_MS = 7 * DAY_MS;
/** V8's heap of the thread, MiB; a step holds some hundred rows. */
const HEAP_MIB = 32;

export interface IntegrityOrder {
  readonly path: string;
  /** One int32: not 0 once the thread is to end. */
  readonly stop: SharedArrayBuffer;
}

export type IntegrityAnswer =
  | { readonly kind: "sound" }
  /** `what` in SQLite's words or ours. */
  | { readonly kind: "damaged"; readonly what: string }
  /** It could not be judged. */
  | { readonly kind: "failed"; readonly what: string };

export interface IntegrityThread {
  /** Resolves once no check runs any more; a check that is under way ends after its step. */
  stop(): Promise<void>;
}

export interface IntegrityThreadOptions {
  readonly path: string;
  readonly clock: Pick<Clock, "after" | "every">;
  readonly log: StoreLog;
  /** Told once of the first damage that is found; no check follows. */
  readonly onDamage: (what: string) => void;
}

/**
 * Reads the whole store a minute after the start and then each week, on a thread of its own at the lowest priority: a store
 * of some GiB takes minutes to read from a card, and a gate can't be without its agent for so long.
 */
export function createIntegrityThread({ path, clock, log, onDamage }: IntegrityThreadOptions): IntegrityThread {
  const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  let worker: Worker | null = null;
  const timers = [clock.after(FIRST_CHECK_MS, check), clock.every(CHECK_EVERY_MS, check)];

  function endTimers(): void {
    for (const timer of timers) timer.cancel();
  }

  function check(): void {
    if (worker !== null) return;
    const workerData: IntegrityOrder = { path, stop };
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MIB };
    worker = new Worker(new URL("./integrity-worker.ts", import.meta.url), { workerData, resourceLimits });
    worker.unref();
    worker.on("message", hear);
    worker.on("error", (error) => hear({ kind: "failed", what: errorMessage(error) }));
    worker.on("exit", () => {
      worker = null;
    });
  }

  function hear(answer: IntegrityAnswer): void {
    switch (answer.kind) {
      case "sound":
        return log.info({}, "The gate's store was read through; it is sound.");
      case "failed":
        return log.warn({ cause: answer.what }, "The gate's store could not be checked; it is tried again in a week.");
      case "damaged":
        endTimers();
        return onDamage(answer.what);
      default:
        return assertNever(answer);
    }
  }

  return {
    stop: async () => {
      endTimers();
      if (worker === null) return;
      const running = worker;
      const ended = new Promise<void>((resolve) => void running.once("exit", () => resolve()));
      // While it is unreferenced, nothing would keep the process alive until it is through.
      running.ref();
      const flag = new Int32Array(stop);
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
      await ended;
    },
  };
}
