import type { Blocked, CloseVeto, OpenVeto } from "../lane/interlocks.ts";
import type { LaneInputs } from "./inputs.ts";

export type LatchCause = "reversals" | "not_opened" | "relay_overrun" | "relay_failed" | "arm_moved";
/** `hazard`: the arm rested between its ends, unasked, with something below it. */
export type RaiseCause = "command" | "reversal" | "hazard" | "fire" | "latch";

/** What a technician has to look at. `detail` names inputs, or is empty. */
export interface GuardAlarm {
  readonly code:
    | "channels_differ"
    | "loop_restarted"
    | "device_test_failed"
    | "too_many_cycles"
    | "not_closing"
    | "cabinet_open"
    | "sampling_stopped";
  readonly detail: string;
}

/** What a lane's guard says of what it saw and did. */
export type GuardReport =
  | { readonly kind: "inputs"; readonly inputs: LaneInputs }
  | { readonly kind: "raising"; readonly cause: RaiseCause }
  | { readonly kind: "lowering"; readonly record: string }
  | { readonly kind: "opened" }
  | { readonly kind: "closed" }
  /** A motion was given up because no relay may be on any more. */
  | { readonly kind: "stopped"; readonly cause: Blocked }
  /** `cause`: the input at hazard, `not_closed`, or what became of a relay. */
  | { readonly kind: "reversed"; readonly cause: string; readonly count: number }
  | { readonly kind: "latched"; readonly cause: LatchCause }
  | { readonly kind: "fault"; readonly code: "relay_overrun" | "relay_failed" | "arm_moved" }
  | { readonly kind: "fire" }
  | { readonly kind: "reset"; readonly id: string }
  /** The lock is in effect, or taken away (SAFE-22). */
  | { readonly kind: "maintenance"; readonly on: boolean }
  | { readonly kind: "alarm"; readonly alarm: GuardAlarm; readonly on: boolean }
  | { readonly kind: "vetoed"; readonly command: "open"; readonly id: string; readonly reason: OpenVeto }
  | {
      readonly kind: "vetoed";
      readonly command: "close";
      readonly id: string;
      readonly reason: CloseVeto;
      readonly hazard: string | null;
      /** How long it takes at least until the same reason is over, ms; null when nobody knows. */
      readonly againInMs: number | null;
    }
  | { readonly kind: "vetoed"; readonly command: "reset"; readonly id: string; readonly reason: "fire" };
