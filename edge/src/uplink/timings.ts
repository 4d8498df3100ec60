import type { Backoff } from "@gatehouse/shared/kit/lifecycle.ts";
import { SENDER_LIMITS, type SenderLimits } from "@gatehouse/shared/sync/sender.ts";

export interface UplinkTimings {
  /** A half-open connection is noticed after one and a half times this. */
  readonly keepaliveSeconds: number;
  /** For the TLS handshake, and again for MQTT's. */
  readonly connectTimeoutMs: number;
  readonly backoff: Backoff;
  readonly tickMs: number;
  readonly sender: SenderLimits;
  /** Longest wait of `drain` for the cloud's last confirmation, and of `stop` for the goodbye. */
  readonly drainMaxMs: number;
  readonly goodbyeMaxMs: number;
}

export const UPLINK_TIMINGS: UplinkTimings = {
  keepaliveSeconds: 15,
  connectTimeoutMs: 10_000,
  backoff: { firstMs: 200, maxMs: 10_000, jitter: 0.5 },
  tickMs: 500,
  sender: SENDER_LIMITS,
  drainMaxMs: 3_000,
  goodbyeMaxMs: 1_000,
};
