import type { Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceHealth } from "../device-health.ts";

/** `not_connected`: the call centre can't be reached. `busy`: this lane has a call already. */
export type IntercomError = "not_connected" | "busy";

export type CallState =
  /** Somebody's phone rings. */
  | "ringing"
  | "answered"
  /** Hung up by either side, or taken back. */
  | "ended"
  /** Nobody answered in time, or the call centre could not be reached. */
  | "failed";

export interface CallRequest {
  readonly callId: string;
  /** Why the lane calls, one of the lane's words: `help`, `no_read`, `payment`, ... */
  readonly reason: string;
}

export interface CallEvent {
  readonly callId: string;
  readonly state: CallState;
}

/**
 * The voice link of one lane to a person who can help; one call at a time.
 *
 * Fail-safe: each accepted call comes to `ended` or `failed`, exactly once and last, also when the far side is gone; a
 * driver in front of a dead line is told so instead of waiting.
 */
export interface IntercomPort {
  call(request: CallRequest): Result<void, IntercomError>;
  /** Hangs up; unknown and ended calls are ignored. */
  end(callId: string): void;
  watch(listener: (event: CallEvent) => void): () => void;
  health(): DeviceHealth;
}
