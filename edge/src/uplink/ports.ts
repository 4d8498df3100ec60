import type { Outbox } from "../store/outbox-port.ts";
import type { ReplicaStore } from "../store/replica-port.ts";

export type { CommandLog } from "../store/command-log-port.ts";

/** What the uplink needs of the outbox. */
export type OutboxSource = Pick<
  Outbox,
  "append" | "head" | "hashAt" | "readBatch" | "confirm" | "rewind" | "beginEpoch" | "epochAgreed" | "onAppended"
>;

/** What the uplink needs of the replica. */
export type ReplicaSink = Pick<ReplicaStore, "status" | "applyDelta" | "applySnapshotPart" | "confirmCurrent">;

/** Structured log; a pino logger is one. Messages hold no plate and no secret. */
export interface UplinkLog {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}
