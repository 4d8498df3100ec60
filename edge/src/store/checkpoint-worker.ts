import { parentPort, workerData } from "node:worker_threads";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import Database from "better-sqlite3";
import type { CheckpointAnswer } from "./checkpoint-thread.ts";
import { makeDurable } from "./open-database.ts";

/** A checkpoint only waits for nobody: PASSIVE copies what it can while the gate goes on (sqlite.org/wal.html). */
const BUSY_TIMEOUT_MS = 1_000;

const { path } = workerData as { readonly path: string };
const db = new Database(path, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true });
makeDurable(db);

parentPort?.on("message", (message: "checkpoint" | "stop") => {
  if (message === "stop") {
    db.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(checkpoint());
});

function checkpoint(): CheckpointAnswer {
  try {
    db.pragma("wal_checkpoint(PASSIVE)");
    return { kind: "done" };
  } catch (error) {
    return { kind: "failed", message: errorMessage(error) };
  }
}
