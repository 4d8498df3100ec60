import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import type {
  ReplicaChange,
  ReplicaDelta,
  ReplicaItem,
  ReplicaMessage,
} from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { bytesOf, fitsOneMessage, splitToParts } from "./message-size.ts";
import { foldChanges } from "./next-version.ts";

export interface HeldReplica {
  readonly version: number;
  readonly checksum: string;
}

export interface ReplicaUpdate {
  /** What they lead to. */
  readonly head: HeldReplica;
  /** In this order. */
  readonly messages: readonly ReplicaMessage[];
}

export interface ReplicaQuestion {
  readonly lotId: Uuid;
  readonly have: HeldReplica;
  readonly want: "deltas" | "snapshot";
}

/** One version, and the changes that made it of the one before. */
export interface ReplicaStep {
  readonly version: number;
  readonly checksum: string;
  /** Null when they don't fit one message. */
  readonly changes: readonly ReplicaChange[] | null;
}

interface SendableStep extends ReplicaStep {
  readonly changes: readonly ReplicaChange[];
}

/**
 * The deltas that lead from what an edge has to the head, by the steps after its version in their order; null when it
 * needs a snapshot.
 */
export function deltasTo(head: HeldReplica, have: HeldReplica, later: readonly ReplicaStep[]): ReplicaUpdate | null {
  if (head.version === 0 || head.version < have.version) return null;
  if (head.version === have.version)
    return have.checksum === head.checksum ? { head, messages: [deltaOf(have.version, [], head)] } : null;
  const steps = later.filter(isSendable);
  return steps.length === head.version - have.version ? { head, messages: joinSteps(have.version, steps) } : null;
}

function isSendable(step: ReplicaStep): step is SendableStep {
  return step.changes !== null && fitsOneMessage(step.changes);
}

/** As few deltas as the limits of one message allow; each leads to a version whose checksum is known. */
export function joinSteps(from: number, steps: readonly SendableStep[]): ReplicaDelta[] {
  const deltas: ReplicaDelta[] = [];
  let joined: { readonly start: number; changes: ReplicaChange[]; bytes: number } = {
    start: from,
    changes: [],
    bytes: 0,
  };
  let last: SendableStep | null = null;
  for (const step of steps) {
    const bytes = bytesOf(step.changes);
    if (last && !fitsOneMessage([...joined.changes, ...step.changes], joined.bytes + bytes)) {
      deltas.push(deltaOf(joined.start, joined.changes, last));
      joined = { start: last.version, changes: [], bytes: 0 };
    }
    joined.changes = foldChanges([...joined.changes, ...step.changes]);
    joined.bytes += bytes;
    last = step;
  }
  if (last) deltas.push(deltaOf(joined.start, joined.changes, last));
  return deltas;
}

function deltaOf(from: number, changes: readonly ReplicaChange[], to: HeldReplica): ReplicaDelta {
  const { version, checksum } = to;
  return { v: PROTOCOL_VERSION, kind: "delta", from, to: version, checksum, changes: [...changes] };
}

/** A whole replica in parts; at least one part, so that an empty one is told too. */
export function snapshotParts({ version, checksum }: HeldReplica, items: readonly ReplicaItem[]): ReplicaMessage[] {
  const parts = splitToParts(items);
  return parts.map((part, index) => ({
    v: PROTOCOL_VERSION,
    kind: "snapshot" as const,
    version,
    checksum,
    item_count: items.length,
    part: index,
    parts: parts.length,
    items: part,
  }));
}
