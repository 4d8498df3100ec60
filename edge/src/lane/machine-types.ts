import type { LaneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { Direction, LaneDirection, MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import type { MonoMs, WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Money } from "@gatehouse/shared/kit/money.ts";
import type { LaneDecision, PaymentTaken } from "../decision/decision-desk.ts";
import type { LaneInputs } from "../guard/inputs.ts";
import type { DeviceCommand, DeviceReport } from "../guard/messages.ts";
import type { PeripheralCommand, PeripheralReport } from "../peripherals/messages.ts";
import type { PrinterState } from "../ports/printer/printer-port.ts";
import type { Approach, Awaited, Crossing, Grant, Hidden } from "./approach-types.ts";
import type { LaneCommand, LaneCommandAnswer, OfferAnswer, OfferedCredential } from "./lane-control.ts";

export type { Approach, Awaited, Crossing, Grant };

/** What the lane does when no decision can be made (SAFE-18). */
export interface FailPolicy {
  readonly entry: "closed" | "open";
  readonly exit: "open" | "ask_operator";
}

export interface LanePolicy {
  /** As the lane is built; a reversible one works in the direction that its state tells. */
  readonly direction: LaneDirection;
  readonly timings: LaneTimings;
  readonly fail: FailPolicy;
  /** What an exit does for a vehicle of which nothing is read: open by the fail policy, or wait for ticket or code. */
  readonly noRead: "open" | "ask";
  /** Whether tickets are printed here, and whether a plate stands in for one that can't be. */
  readonly tickets: { readonly printed: boolean; readonly onFailure: "closed" | "plate" };
}

/** Who locked a lane for work on it, and why. */
export interface MaintenanceLock {
  readonly actor: string;
  readonly reason: string;
}

/** What a lane keeps over a restart. */
export interface KeptLane {
  readonly direction: Direction;
  /** The fire latch (SAFE-07). */
  readonly fire: boolean;
  /** The maintenance lock (SAFE-22). */
  readonly maintenance: MaintenanceLock | null;
}

export type Mode =
  | { readonly kind: "automatic" }
  | { readonly kind: "held_open"; readonly actor: string; readonly reason: string }
  | { readonly kind: "locked"; readonly actor: string; readonly reason: string }
  /** Fire: every gate of the lot is up until it is reset here. */
  | { readonly kind: "emergency_open" }
  /** Nothing is known of the arming loop or the arm. `told`: it was no blink; `called`: an operator, for whoever is there. */
  | {
      readonly kind: "out_of_service";
      readonly cause: "inputs_unknown";
      readonly told: boolean;
      readonly called: boolean;
    }
  /** The guard has latched the arm open. */
  | { readonly kind: "fault"; readonly code: string }
  /** Somebody works on the barrier: nothing moves, whatever is asked (SAFE-22). */
  | { readonly kind: "maintenance"; readonly actor: string; readonly reason: string };

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
  /** A ticket that was asked for by its button and is not printed yet. */
  readonly issued: boolean;
}

/** A payment request that was taken back; an approval may have crossed it. */
export interface WithdrawnRequest {
  readonly requestId: string;
  readonly movementId: Uuid;
  readonly sessionId: Uuid;
  readonly laneId: Uuid;
  readonly amount: Money;
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
  /** Latched until it is reset here, also below a maintenance lock. */
  readonly fire: boolean;
  /** Which way vehicles go at this moment; the arming loop is the first one on this way. */
  readonly direction: Direction;
  readonly approach: Approach;
  readonly arm: Arm;
  /** Admitted vehicles that have not reached the safety loop, front first. */
  readonly grants: readonly Grant[];
  readonly hidden: readonly Hidden[];
  readonly crossings: readonly Crossing[];
  readonly reads: readonly PendingRead[];
  readonly recent: readonly { readonly value: string; readonly at: MonoMs }[];
  readonly awaited: readonly Awaited[];
  readonly withdrawn: readonly WithdrawnRequest[];
  readonly sensed: LaneInputs;
  /** Since when arming loop or arm is not known; null while both are. */
  readonly blindSince: MonoMs | null;
  /** The last state of each loop that was known. */
  readonly loops: Readonly<Record<"arming" | "safety" | "closing", "occupied" | "clear">>;
  readonly display: Display;
  readonly green: boolean;
  readonly alarms: readonly string[];
  readonly printer: PrinterState;
  /** The call to an operator that is open. */
  readonly call: string | null;
  /** Instants of the last remote opens, within a minute. */
  readonly remoteOpens: readonly MonoMs[];
  readonly resetRef: { readonly id: string; readonly ref: number } | null;
  /** A maintenance command whose record is not on the disk yet. */
  readonly keeping: { readonly ref: number; readonly command: LaneCommand; readonly isKept: boolean | null } | null;
}

export type LaneEvent =
  | { readonly kind: "offer"; readonly credential: OfferedCredential }
  | { readonly kind: "decided"; readonly ticket: number; readonly decision: LaneDecision }
  | { readonly kind: "decide_failed"; readonly ticket: number; readonly code: string }
  | { readonly kind: "command"; readonly ref: number; readonly command: LaneCommand }
  | { readonly kind: "report"; readonly wall: WallMs; readonly report: DeviceReport }
  | { readonly kind: "peripheral"; readonly report: PeripheralReport }
  /** The ticket button, with a code that was never given out; null when none can be made. */
  | { readonly kind: "ticket_asked"; readonly laneId: Uuid; readonly code: string | null }
  | { readonly kind: "close_recorded"; readonly record: string }
  | { readonly kind: "close_unrecorded"; readonly record: string; readonly code: string }
  /** What was to be kept over a restart is on the disk, or could not be put there. */
  | { readonly kind: "kept"; readonly ref: number; readonly ok: boolean }
  | { readonly kind: "tick" };

/** A passage that the desk could not decide; booked when the store works again. */
export interface Debt {
  readonly ticket: number;
  readonly direction: Direction;
  readonly credential: OfferedCredential | null;
  readonly reason: string;
  readonly payment: PaymentTaken | null;
  /** The movement that it belongs to and that the ledger ends; null when there was none. */
  readonly movementId: Uuid | null;
}

export type LaneEffect =
  | {
      readonly kind: "decide";
      readonly ticket: number;
      readonly direction: Direction;
      readonly credential: OfferedCredential;
      readonly override: LaneCommand | null;
      readonly again: Uuid | null;
      readonly lostTicket: boolean;
    }
  | { readonly kind: "book_payment"; readonly ticket: number; readonly payment: PaymentTaken }
  /** Money for a vehicle that is not at the terminal any more: booked when the store takes it, without an answer. */
  | { readonly kind: "book_late"; readonly payment: PaymentTaken }
  | { readonly kind: "device"; readonly command: DeviceCommand }
  | { readonly kind: "peripheral"; readonly command: PeripheralCommand }
  | { readonly kind: "record_close"; readonly record: string }
  | { readonly kind: "finish"; readonly movementId: Uuid; readonly outcome: MovementOutcome }
  | {
      readonly kind: "undecided";
      readonly direction: Direction;
      readonly outcome: "tailgated" | "passed";
      readonly beganAt: WallMs;
    }
  | { readonly kind: "show"; readonly display: Display }
  | { readonly kind: "journal"; readonly entry: string; readonly data: Json }
  | { readonly kind: "alarm"; readonly code: string; readonly detail: string }
  /** A hand was obeyed without a decision of the desk, which tells of the others. */
  | { readonly kind: "hand"; readonly command: LaneCommand }
  /** To be on the disk before `kept` answers; `ref` 0 wants no answer. */
  | { readonly kind: "keep"; readonly ref: number; readonly lane: KeptLane }
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
