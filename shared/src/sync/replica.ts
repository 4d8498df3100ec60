import type { ReplicaMessage, ReplicaRequest } from "../contracts/mqtt/replica.ts";
import { assertNever } from "../kit/exhaustive.ts";

/** The version of the replica that is in force at the edge. */
export interface HeldVersion {
  readonly version: number;
  readonly checksum: string;
  /**
   * Whether the cloud has named it on this connection. Until then an older version may be the cloud's present one, because
   * the cloud was restored to an earlier point; from then on it is only a late message.
   */
  readonly isConfirmed: boolean;
}

/**
 * What the edge does with a message about its replica (SYNC-09).
 *
 * - `apply`: give it to the store; a delta in one transaction, a snapshot part by part.
 * - `current`: the version in force is the cloud's.
 * - `known`: older than what is in force; nothing to do.
 * - `ask`: it doesn't lead from our version to its own.
 */
export type ReplicaVerdict =
  | { readonly kind: "apply" }
  | { readonly kind: "current" }
  | { readonly kind: "known" }
  | { readonly kind: "ask"; readonly want: ReplicaWant };

export type ReplicaWant = ReplicaRequest["want"];

/** The edge's rule for one message. A delta from v to v says that v is current. */
export function judgeReplica(held: HeldVersion, message: ReplicaMessage): ReplicaVerdict {
  switch (message.kind) {
    case "snapshot":
      if (message.version === held.version && message.checksum === held.checksum) return { kind: "current" };
      return message.version < held.version && held.isConfirmed ? { kind: "known" } : { kind: "apply" };
    case "delta":
      if (message.to > held.version) return message.from === held.version ? { kind: "apply" } : ask("deltas");
      if (message.to < held.version) return held.isConfirmed ? { kind: "known" } : ask("snapshot");
      return message.checksum === held.checksum ? { kind: "current" } : ask("snapshot");
    default:
      return assertNever(message);
  }
}

function ask(want: ReplicaWant): ReplicaVerdict {
  return { kind: "ask", want };
}

/** The request that is under way, so that a burst of messages leads to one. */
export interface Asking {
  readonly want: ReplicaWant;
  /** Monotonic, ms: when it was sent or last got on. */
  readonly since: number;
}

/** After this time without progress a request is sent again. */
export const REPLICA_ANSWER_TIMEOUT_MS = 10_000;

/** Whether to send a request now: nothing of its kind is under way, or that has gone quiet. */
export function shouldAsk(asking: Asking | null, want: ReplicaWant, now: number): boolean {
  if (asking === null || now - asking.since >= REPLICA_ANSWER_TIMEOUT_MS) return true;
  return want === "snapshot" && asking.want === "deltas";
}
