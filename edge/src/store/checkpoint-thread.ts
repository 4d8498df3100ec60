import { Worker } from "node:worker_threads";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { StoreLog } from "./store-port.ts";

/** Changes after which the write-ahead log is copied into the database; its file stays at some MiB. */
const CHECKPOINT_EVERY = 400;

export interface CheckpointThread {
  /** Told of each commit; asks the thread for a checkpoint when it is time. */
  committed(changes: number): void;
  stop(): Promise<void>;
}

export type CheckpointAnswer = { readonly kind: "done" } | { readonly kind: "failed"; readonly message: string };

/**
 * Copies the write-ahead log into the database on a thread of its own, since the flushes and page writes of a checkpoint
 * on a slow card would keep a vehicle waiting. The thread starts with the first one; at most one is asked for at a time.
 * Its failure harms nothing but the log's size, which the writing connection bounds itself.
 */
export function createCheckpointThread(path: string, log: StoreLog): CheckpointThread {
  let worker: Worker | null = null;
  let sinceLast = 0;
  let isBusy = false;
  let lastFailure = "";

  function start(): Worker {
    const started = new Worker(new URL("./checkpoint-worker.ts", import.meta.url), { workerData: { path } });
    started.unref();
    started.on("message", (answer: CheckpointAnswer) => {
      isBusy = false;
      if (answer.kind === "failed") report(answer.message);
    });
    started.on("error", (error) => report(errorMessage(error)));
    started.on("exit", () => {
      worker = null;
      isBusy = false;
    });
    return started;
  }

  function report(message: string): void {
    if (message !== lastFailure)
      log.warn({ cause: message }, "A checkpoint of the gate's store failed; it is tried again.");
    lastFailure = message;
  }

  return {
    committed: (changes) => {
      sinceLast += changes;
      if (sinceLast < CHECKPOINT_EVERY || isBusy) return;
      sinceLast = 0;
      isBusy = true;
      worker ??= start();
      worker.postMessage("checkpoint");
    },
    stop: async () => {
      if (worker === null) return;
      const ended = new Promise<void>((resolve) => void worker?.once("exit", () => resolve()));
      // While it is unreferenced, nothing would keep the process alive until it is through.
      worker.ref();
      worker.postMessage("stop");
      await ended;
    },
  };
}
