import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { UnstampedInput } from "../world/agent-line.ts";

/** What happened besides lines on the socket. */
export type Note =
  /** The agent is gone, or the line to it. */
  | { readonly kind: "agent_lost" }
  /** A credential was taken by the lane. */
  | { readonly kind: "read_taken"; readonly lane: string }
  /** A hand opened the lane, set it into service again, or reset it. */
  | { readonly kind: "hand"; readonly lane: string; readonly action: "open" | "reset" }
  | { readonly kind: "maintenance"; readonly lane: string; readonly on: boolean }
  /** Every lane has been left alone, empty, for long enough to be shut. */
  | { readonly kind: "must_be_shut" };

/** A line of the record of a run; `at` is the recorder's monotonic time in ms. */
export type TraceEvent =
  | { readonly at: number; readonly told: UnstampedInput }
  | { readonly at: number; readonly heard: IoOutput }
  | { readonly at: number; readonly note: Note };

/** A rule that the record shows to be broken. */
export interface Breach {
  readonly rule: string;
  readonly lane: string;
  readonly at: number;
  readonly what: string;
}

export interface JudgeOptions {
  readonly lanes: readonly string[];
  /** Of the lanes' site file, ms. */
  readonly clearHoldMs: number;
  readonly freshMs: number;
  /**
   * What the recorder's times may be off by, ms: a line travels, and a busy machine keeps both sides waiting. Times between two
   * outputs are exact, since they carry the agent's own clock.
   */
  readonly slackMs: number;
}
