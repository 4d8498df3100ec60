import type { LaneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { Direction, MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import type { MonoMs, WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Money } from "@gatehouse/shared/kit/money.ts";
import type { LaneDecision, PaymentTaken } from "../decision/decision-desk.ts";
import type { LaneInputs } from "../guard/inputs.ts";
import type { DeviceCommand, DeviceReport } from "../guard/messages.ts";
import type { PeripheralCommand, PeripheralReport } from "../peripherals/messages.ts";
import type { LaneCommand, LaneCommandAnswer, OfferAnswer, OfferedCredential } from "./lane-control.ts";

/** What the lane does when no decision can be made (SAFE-18). */
export interface FailPolicy {
  readonly entry: "closed" | "open";
  readonly exit: "open" | "ask_operator";
}

export interface LanePolicy {
  readonly direction: Direction;
  readonly timings: LaneTimings;
  readonly fail: FailPolicy;
}

export type Mode =
  | { readonly kind: "automatic" }
  | { readonly kind: "held_open"; readonly actor: string; readonly reason: string }
  | { readonly kind: "locked"; readonly actor: string; readonly reason: string }
  /** Fire: every gate of the lot is up until it is reset here. */
  | { readonly kind: "emergency_open" }
  | { readonly kind: "out_of_service"; readonly cause: "inputs_unknown" }
  /** The guard has latched the arm open. */
  | { readonly kind: "fault"; readonly code: string };

/** The answer that a vehicle on the arming loop has had. */
export interface LastAnswer {
  readonly value: string;
  readonly at: MonoMs;
  readonly credential: OfferedCredential;
  /** Null when no decision came. */
  readonly movementId: Uuid | null;
}

export interface Override {
  readonly command: LaneCommand;
  readonly ref: number;
}

/** The vehicle on the arming loop. */
export type Approach =
  | { readonly at: "empty" }
  | { readonly at: "waiting"; readonly since: MonoMs; readonly last: LastAnswer | null }
  | {
      readonly at: "deciding";
      readonly ticket: number;
      readonly credential: OfferedCredential;
      readonly askedAt: MonoMs;
      readonly override: Override | null;
    }
  | {
      readonly at: "paying";
      readonly movementId: Uuid;
      readonly sessionId: Uuid;
      readonly requestId: string;
      readonly credential: OfferedCredential;
      readonly amount: Money;
      readonly askedAt: MonoMs;
      /** Set while an approved payment is being booked. */
      readonly booking: { readonly ticket: number; readonly payment: PaymentTaken } | null;
    }
  /** `returned`: the loop was clear in between, and no read has said since that it is the same vehicle. */
  | { readonly at: "admitted"; readonly grantId: string; readonly returned: boolean }
  /** The loop is still covered by the vehicle that is under the arm already. */
  | { readonly at: "tail" };

/** One vehicle that may pass. */
export interface Grant {
  readonly id: string;
  readonly origin: "decision" | "operator" | "fail_open";
  readonly ticket: number | null;
  readonly movementId: Uuid | null;
  readonly value: string | null;
  readonly issuedAt: MonoMs;
  /** When its vehicle left the arming loop without reaching the safety loop. */
  readonly leftAt: MonoMs | null;
}

/** One vehicle between the safety loop and the end of the closing loop. */
export interface Crossing {
  readonly grant: Grant | null;
  /** A decision that did not admit it, when it drove on all the same. */
  readonly movementId: Uuid | null;
  /** A decision that was still awaited when it drove on. */
  readonly ticket: number | null;
  /** It was here before the agent was: nothing is recorded of it. */
  readonly unwitnessed: boolean;
  readonly beganAt: WallMs;
  readonly clearedAt: MonoMs | null;
  readonly sawClosing: boolean;
}

export type Arm =
  /** Just started or inputs lost: nothing is known, nothing is replayed. */
  | { readonly at: "starting" }
  | { readonly at: "shut" }
  | { readonly at: "opening"; readonly since: MonoMs }
  /** `quietSince`: the last thing that speaks against closing; `vended` is false when it was found open. */
  | { readonly at: "open"; readonly quietSince: MonoMs; readonly vended: boolean }
  | { readonly at: "closing"; readonly record: string; readonly since: MonoMs; readonly sent: boolean };

export interface PendingRead {
  readonly credential: OfferedCredential;
  readonly value: string;
  readonly at: MonoMs;
}

/** A decision that is still awaited although its vehicle is gone, and how its movement then ends. */
export interface Awaited {
  readonly ticket: number;
  readonly admitted: MovementOutcome;
  readonly otherwise: MovementOutcome;
}

export interface Display {
  readonly key: string;
  readonly amount: Money | null;
}

export interface LaneState {
  /** Makes ids unique between runs of the agent. */
  readonly boot: Uuid;
  readonly seq: number;
  readonly mode: Mode;
  readonly approach: Approach;
  readonly arm: Arm;
  /** Admitted vehicles that have not reached the safety loop, front first. */
  readonly grants: readonly Grant[];
  readonly crossings: readonly Crossing[];
  readonly reads: readonly PendingRead[];
  readonly recent: readonly { readonly value: string; readonly at: MonoMs }[];
  readonly awaited: readonly Awaited[];
  readonly sensed: LaneInputs;
  /** The last state of each loop that was known. */
  readonly loops: Readonly<Record<"arming" | "safety" | "closing", "occupied" | "clear">>;
  readonly display: Display;
  readonly green: boolean;
  readonly alarms: readonly string[];
  /** Instants of the last remote opens, within a minute. */
  readonly remoteOpens: readonly MonoMs[];
  readonly resetRef: { readonly id: string; readonly ref: number } | null;
}

export type LaneEvent =
  | { readonly kind: "offer"; readonly credential: OfferedCredential }
  | { readonly kind: "decided"; readonly ticket: number; readonly decision: LaneDecision }
  | { readonly kind: "decide_failed"; readonly ticket: number; readonly code: string }
  | { readonly kind: "command"; readonly ref: number; readonly command: LaneCommand }
  | { readonly kind: "report"; readonly wall: WallMs; readonly report: DeviceReport }
  | { readonly kind: "peripheral"; readonly report: PeripheralReport }
  | { readonly kind: "close_recorded"; readonly record: string }
  | { readonly kind: "close_unrecorded"; readonly record: string; readonly code: string }
  | { readonly kind: "tick" };

/** A passage that the desk could not decide; booked when the store works again. */
export interface Debt {
  readonly ticket: number;
  readonly credential: OfferedCredential | null;
  readonly reason: string;
  readonly payment: PaymentTaken | null;
}

export type LaneEffect =
  | {
      readonly kind: "decide";
      readonly ticket: number;
      readonly credential: OfferedCredential;
      readonly override: LaneCommand | null;
    }
  | { readonly kind: "book_payment"; readonly ticket: number; readonly payment: PaymentTaken }
  | { readonly kind: "device"; readonly command: DeviceCommand }
  | { readonly kind: "peripheral"; readonly command: PeripheralCommand }
  | { readonly kind: "record_close"; readonly record: string }
  | { readonly kind: "finish"; readonly movementId: Uuid; readonly outcome: MovementOutcome }
  | { readonly kind: "undecided"; readonly outcome: "tailgated" | "passed"; readonly beganAt: WallMs }
  | { readonly kind: "show"; readonly display: Display }
  | { readonly kind: "journal"; readonly entry: string; readonly data: Json }
  | { readonly kind: "alarm"; readonly code: string; readonly detail: string }
  /** A hand was obeyed without a decision of the desk, which tells of the others. */
  | { readonly kind: "hand"; readonly command: LaneCommand }
  | { readonly kind: "owe"; readonly debt: Debt }
  /** How the vehicle of a debt ended, or `forgiven` when its decision came after all. */
  | { readonly kind: "owed"; readonly ticket: number; readonly outcome: MovementOutcome | "forgiven" }
  | { readonly kind: "answer_offer"; readonly answer: OfferAnswer }
  | { readonly kind: "answer_command"; readonly ref: number; readonly answer: LaneCommandAnswer }
  /** An event that this state does not take. */
  | { readonly kind: "refused"; readonly event: string; readonly reason: string };

/** What one step works on; the state is replaced, never changed. */
export interface Turn {
  state: LaneState;
  readonly effects: LaneEffect[];
  readonly now: MonoMs;
  readonly policy: LanePolicy;
}
