import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { type ReplicaMessage, type ReplicaRequest, replicaMessage } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Asking, judgeReplica, type ReplicaWant, shouldAsk } from "@gatehouse/shared/sync/replica.ts";
import type { ReplicaAnswer } from "../store/replica-port.ts";
import type { CloudClock } from "./cloud-clock.ts";
import { parsePayload } from "./payload.ts";
import type { ReplicaSink, UplinkLog } from "./ports.ts";

/**
 * An edge asks this often whether its version is still the current one, so that the replica's age stays true (SYNC-10); the
 * answer also measures the cloud's time anew (SYNC-13), so it asks even where changes come oftener.
 */
export const REPLICA_REFRESH_MS = 60_000;

export interface ReplicaFollowerOptions {
  readonly deviceId: Uuid;
  readonly replica: ReplicaSink;
  readonly clock: Clock;
  readonly log: UplinkLog;
  readonly send: (request: ReplicaRequest) => void;
  readonly cloudClock: Pick<CloudClock, "measured" | "sinceMs">;
}

/** Keeps the replica at the cloud's version; the shell around the rules of `shared/sync/replica.ts`. */
export interface ReplicaFollower {
  /** The hub has greeted us; it sends what our hello showed to be missing. */
  greeted(): void;
  /** Takes one message from the hub; resolves when it is committed. Never rejects. */
  received(payload: Uint8Array): Promise<void>;
  /** Asks again for what has not come. */
  tick(): void;
  disconnected(): void;
}

/** Keeps the replica in step with the hub, and asks again for what did not come (SYNC-09). */
export function createReplicaFollower({
  deviceId,
  replica,
  clock,
  log,
  send,
  cloudClock,
}: ReplicaFollowerOptions): ReplicaFollower {
  let asking: Asking | null = null;
  /** Monotonic time of our last question, or of what came of a long answer since, while connected. */
  let quietSince: number | null = null;
  /** Monotonic time of the question that is not answered yet. */
  let questionAt: number | null = null;
  let isConfirmed = false;

  async function received(payload: Uint8Array): Promise<void> {
    const message = parsePayload(payload, replicaMessage);
    if (message === null)
      return log.warn({ bytes: payload.length }, "The hub sent a replica message that can't be read.");
    if (message.echo_mono !== undefined && message.as_of !== undefined)
      cloudClock.measured(message.echo_mono, message.as_of);
    const verdict = judgeReplica({ ...replica.status(), isConfirmed }, message);
    switch (verdict.kind) {
      case "apply":
        return apply(message);
      case "current":
        replica.confirmCurrent(
          message.kind === "delta" ? message.to : message.version,
          message.checksum,
          ageOf(message),
        );
        return settle();
      case "known":
        return;
      case "ask":
        return ask(verdict.want);
      default:
        return assertNever(verdict);
    }
  }

  async function apply(message: ReplicaMessage): Promise<void> {
    try {
      const age = ageOf(message);
      follow(
        await (message.kind === "delta" ? replica.applyDelta(message, age) : replica.applySnapshotPart(message, age)),
      );
    } catch (error) {
      log.error(
        { error: errorMessage(error) },
        "The replica could not be stored; the version before it stays in force.",
      );
    }
  }

  function follow(answer: ReplicaAnswer): void {
    switch (answer.kind) {
      case "applied":
        log.info({ version: answer.version }, "A new version of permits, tariffs and policy is in force.");
        settle();
        return;
      case "known":
        return;
      case "staged":
        quietSince = clock.mono();
        if (asking) asking = { ...asking, since: clock.mono() };
        return;
      case "gap":
        ask("deltas");
        return;
      case "mismatch":
        log.error({ have: answer.have }, "The replica does not agree with the cloud's; asking for a whole one.");
        ask("snapshot");
        return;
      default:
        assertNever(answer);
        return;
    }
  }

  function settle(): void {
    isConfirmed = true;
    asking = null;
    questionAt = null;
  }

  /** How long ago the version was the cloud's present one. Where nothing tells, not before we asked for it. */
  function ageOf({ as_of }: ReplicaMessage): number {
    const told = as_of === undefined ? null : cloudClock.sinceMs(as_of);
    return told ?? (questionAt === null ? 0 : clock.mono() - questionAt);
  }

  function ask(want: ReplicaWant): void {
    const now = clock.mono();
    if (!shouldAsk(asking, want, now)) return;
    asking = { want, since: now };
    quietSince = now;
    questionAt ??= now;
    const { version, checksum } = replica.status();
    send({ v: PROTOCOL_VERSION, device_id: deviceId, have: version, checksum, want, sent_mono: Math.floor(now) });
  }

  return {
    greeted: () => {
      quietSince = clock.mono();
      questionAt = quietSince;
    },
    received,
    tick: () => {
      if (quietSince === null) return;
      if (asking) ask(asking.want);
      else if (clock.mono() - quietSince >= REPLICA_REFRESH_MS) ask("deltas");
    },
    disconnected: () => {
      isConfirmed = false;
      asking = null;
      quietSince = null;
      questionAt = null;
    },
  };
}
