import type { LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { BlockReason, SenderState } from "@gatehouse/shared/sync/sender.ts";
import { isLinkError, type LinkErrorCode } from "./link-errors.ts";
import type { OutboxSource, UplinkLog } from "./ports.ts";

/** Why there is no connection, or why the stream of events stands still. */
export interface LinkProblem {
  readonly code: LinkErrorCode | BlockReason;
  readonly message: string;
}

export interface LinkStatusOptions {
  readonly clock: Pick<Clock, "mono">;
  readonly log: UplinkLog;
  readonly outbox: Pick<OutboxSource, "append">;
  readonly onLinkState: (state: LinkState) => void;
}

/**
 * What people are told about the link: its state, the problem in words, alarms.
 *
 * - `network_down`: no connection can be made to the hub's address, or the one that stood has just ended.
 * - `cloud_down`: somebody is there, but refuses us or does not confirm.
 * - `degraded`: confirmations come, but our stream of events is stopped until somebody acts.
 */
export interface LinkStatus {
  state(): LinkState;
  /** Null when all is well. */
  problem(): LinkProblem | null;
  /** A connection could not be made, or has ended. */
  failed(error: unknown): void;
  /** The sender has changed its state; `isSilent`: nothing came back in time. */
  streamed(sender: SenderState["kind"], isSilent: boolean): void;
  blocked(reason: BlockReason, message: string): void;
  /** The edge's own limit of remote opens was reached. */
  rateLimited(laneId: Uuid): void;
}

/** What the link is like, in one state and one sentence; each change is logged and told once. */
export function createLinkStatus({ clock, log, outbox, onLinkState }: LinkStatusOptions): LinkStatus {
  let state: LinkState = "network_down";
  let problem: LinkProblem | null = null;
  /** Stays over reconnects, so that one standstill raises one alarm. */
  let blockReason: BlockReason | null = null;
  let rateAlarmAt: number | null = null;

  function become(next: LinkState): void {
    if (next === state) return;
    log.info({ from: state, to: next }, `The link to the cloud is now ${next}.`);
    state = next;
    onLinkState(next);
  }

  function raiseAlarm(code: string, laneId: Uuid | null, detail: string): void {
    outbox
      .append({ type: "alarm.raised", code, lane_id: laneId, detail: detail.slice(0, 256) })
      .catch((error: unknown) => log.error({ code, error: errorMessage(error) }, "An alarm could not be stored."));
  }

  return {
    state: () => state,
    problem: () => problem,
    failed: (error) => {
      const next = problemOf(error);
      if (problem?.message !== next.message) log.warn({ code: next.code, error: errorMessage(error) }, next.message);
      problem = next;
      become(linkStateAfter(next.code));
    },
    streamed: (sender, isSilent) => {
      if (sender === "streaming") {
        problem = null;
        blockReason = null;
      }
      become(linkStateOf(sender, isSilent) ?? state);
    },
    blocked: (reason, message) => {
      problem = { code: reason, message };
      if (blockReason === reason) return;
      blockReason = reason;
      log.error({ reason }, message);
      raiseAlarm(`uplink_${reason}`, null, message);
    },
    rateLimited: (laneId) => {
      const now = clock.mono();
      if (rateAlarmAt !== null && now - rateAlarmAt < MINUTE_MS) return;
      rateAlarmAt = now;
      raiseAlarm("remote_open_rate_limited", laneId, "More remote opens within a minute than this edge allows.");
    },
  };
}

function problemOf(error: unknown): { readonly code: LinkErrorCode; readonly message: string } {
  if (isLinkError(error)) return { code: error.code, message: error.message };
  return { code: "broker_refused", message: `The uplink failed: ${errorMessage(error)}` };
}

function linkStateAfter(code: LinkErrorCode): LinkState {
  return code === "network_unreachable" || code === "connection_lost" ? "network_down" : "cloud_down";
}

/** The link state while connected; null when it is too early to say and the last one stands. */
function linkStateOf(sender: SenderState["kind"], isSilent: boolean): LinkState | null {
  if (isSilent) return "cloud_down";
  switch (sender) {
    case "streaming":
      return "online";
    case "blocked":
      return "degraded";
    case "greeting":
    case "offline":
      return null;
  }
}
