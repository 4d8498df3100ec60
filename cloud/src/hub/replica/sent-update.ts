import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { HeldReplica } from "../../services/replica/update-messages.ts";

export type Want = "deltas" | "snapshot";

/** The slowest link that is reckoned with: 128 kbit/s. */
const SLOWEST_BYTES_A_SECOND = 16_000;
/** For the edge to put what has come on its disk, and to ask. */
const SLACK_MS = 2 * SECOND_MS;

/** An update that was handed to the transport, and may still be on its way. */
export interface SentUpdate {
  /** What the edge held that it was made for. */
  readonly base: HeldReplica;
  readonly want: Want;
  /** Of all its messages. */
  readonly bytes: number;
  /** Monotonic time when the transport had all of it; null before. */
  readonly sentAt: MonoMs | null;
}

export interface ReplicaQuestionHeard {
  readonly have: HeldReplica;
  readonly want: Want;
}

/**
 * Whether an edge asks for what is on its way to it: the state that it names is the one that the update starts from, and
 * even the slowest link can't have carried the update yet. Without this each impatient question would bring another whole
 * replica over a link that is slow already. A connection keeps order, so nothing overtakes the update.
 */
export function coversQuestion(sent: SentUpdate, { have, want }: ReplicaQuestionHeard, now: MonoMs): boolean {
  if (have.version !== sent.base.version || have.checksum !== sent.base.checksum) return false;
  if (want === "snapshot" && sent.want !== "snapshot") return false;
  return sent.sentAt === null || now - sent.sentAt < SLACK_MS + (sent.bytes / SLOWEST_BYTES_A_SECOND) * 1_000;
}
