import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import Database from "better-sqlite3";
import { wholeCheck } from "./integrity.ts";
import type { IntegrityAnswer, IntegrityOrder } from "./integrity-thread.ts";
import { damageIn } from "./store-errors.ts";

const BUSY_TIMEOUT_MS = 1_000;
/** Each page is read once, so it is not worth keeping. */
const CACHE_KIB = 512;
/** Of the time this thread may read and reckon: the rest of the card's time is the gate's. */
const SHARE_OF_TIME = 0.25;
/** Least urgent (setpriority(2); on Linux it is the calling thread's own). */
const LOWEST_PRIORITY = 19;

const { path, stop } = workerData as IntegrityOrder;
const flag = new Int32Array(stop);
const clock = systemClock();

const answer = check();
if (answer !== null) parentPort?.postMessage(answer);

/** Null when it was told to stop. */
function check(): IntegrityAnswer | null {
  try {
    setPriority(LOWEST_PRIORITY);
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    try {
      db.pragma(`cache_size = -${CACHE_KIB}`);
      return runSteps(db);
    } finally {
      db.close();
    }
  } catch (error) {
    const damage = damageIn(error);
    return damage === null ? { kind: "failed", what: errorMessage(error) } : { kind: "damaged", what: damage };
  }
}

function runSteps(db: Database.Database): IntegrityAnswer | null {
  const steps = wholeCheck(db);
  for (;;) {
    const began = clock.mono();
    const step = steps.next();
    if (step.done) return step.value === null ? { kind: "sound" } : { kind: "damaged", what: step.value };
    const restMs = (clock.mono() - began) * (1 / SHARE_OF_TIME - 1);
    if (Atomics.wait(flag, 0, 0, restMs) !== "timed-out") return null;
  }
}
