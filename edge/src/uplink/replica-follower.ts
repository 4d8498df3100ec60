import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { type ReplicaMessage, type ReplicaRequest, replicaMessage } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Asking, judgeReplica, type ReplicaWant, shouldAsk } from "@gatehouse/shared/sync/replica.ts";
import type { ReplicaAnswer } from "../store/replica-port.ts";
import { parsePayload } from "./payload.ts";
import type { ReplicaSink, UplinkLog } from "./ports.ts";

/** An edge asks this often whether its version is still the current one, so that the replica's age stays true (SYNC-10). */
export const REPLICA_REFRESH_MS = 60_000;

export interface ReplicaFollowerOptions {
  readonly deviceId: Uuid;
  readonly replica: ReplicaSink;
  readonly clock: Clock;
  readonly log: UplinkLog;
  readonly send: (request: ReplicaRequest) => void;
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
}: ReplicaFollowerOptions): ReplicaFollower {
  let asking: Asking | null = null;
  /** Monotonic time of the last word on our version, while connected. */
  let heardAt: number | null = null;
  let isConfirmed = false;

  async function received(payload: Uint8Array): Promise<void> {
    const message = parsePayload(payload, replicaMessage);
    if (message === null)
      return log.warn({ bytes: payload.length }, "The hub sent a replica message that can't be read.");
    const verdict = judgeReplica({ ...replica.status(), isConfirmed }, message);
    switch (verdict.kind) {
      case "apply":
        return apply(message);
      case "current":
        replica.confirmCurrent(message.kind === "delta" ? message.to : message.version, message.checksum);
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
      follow(await (message.kind === "delta" ? replica.applyDelta(message) : replica.applySnapshotPart(message)));
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
        heardAt = clock.mono();
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
    heardAt = clock.mono();
  }

  function ask(want: ReplicaWant): void {
    const now = clock.mono();
    if (!shouldAsk(asking, want, now)) return;
    asking = { want, since: now };
    const { version, checksum } = replica.status();
    send({ v: PROTOCOL_VERSION, device_id: deviceId, have: version, checksum, want });
  }

  return {
    greeted: () => {
      heardAt = clock.mono();
    },
    received,
    tick: () => {
      if (heardAt === null) return;
      if (asking) ask(asking.want);
      else if (clock.mono() - heardAt >= REPLICA_REFRESH_MS) ask("deltas");
    },
    disconnected: () => {
      isConfirmed = false;
      asking = null;
      heardAt = null;
    },
  };
}
