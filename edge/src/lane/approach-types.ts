import type { MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { MonoMs, WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Money } from "@gatehouse/shared/kit/money.ts";
import type { PaymentTaken } from "../decision/decision-desk.ts";
import type { LaneCommand, OfferedCredential } from "./lane-control.ts";

/** What is known of a vehicle from the moment it covers the arming loop to its end. */
export interface Vehicle {
  readonly since: MonoMs;
  /** The movement that its decisions stand under; null before the first one. */
  readonly movementId: Uuid | null;
  /** Its plate as it was last decided on; null when none was read. */
  readonly plate: OfferedCredential | null;
  /** An exit has opened for it once although nothing was read; it is not opened again for the same stand. */
  readonly letGo: boolean;
  /** The driver was told that nothing was read. */
  readonly prompted: boolean;
  /** An operator was called for it; only its driver calls again. */
  readonly called: boolean;
}

/** The answer that a vehicle has had, and that it may ask again after. */
export interface Answer {
  readonly credential: OfferedCredential;
  readonly at: MonoMs;
  /** What the desk asked for; null when it refused or could not decide. */
  readonly ask: string | null;
}

/** A request to the desk that took too long and may still be answered. */
export interface LateDecision {
  readonly ticket: number;
  readonly credential: OfferedCredential;
  readonly askedAt: MonoMs;
  /** What may be owed under this ticket is in the ledger. */
  readonly owed: boolean;
}

/** A hand that waits for the desk's word on the vehicle on the loop. */
export interface Hand {
  readonly command: LaneCommand;
  readonly ref: number;
}

export interface Paying {
  readonly at: "paying";
  readonly vehicle: Vehicle & { readonly movementId: Uuid };
  readonly sessionId: Uuid;
  readonly requestId: string;
  readonly credential: OfferedCredential;
  readonly amount: Money;
  readonly askedAt: MonoMs;
  /** Payments that the terminal declined, counted up to `MAX_DECLINES`. */
  readonly declines: number;
  /** Set while an approved payment is being booked. */
  readonly booking: { readonly ticket: number; readonly payment: PaymentTaken } | null;
}

/** The vehicle on the arming loop. At most one request to the desk is under way for it at any time. */
export type Approach =
  | { readonly at: "empty" }
  | {
      readonly at: "waiting";
      readonly vehicle: Vehicle;
      readonly answer: Answer | null;
      /** While set, nothing else is asked for this vehicle: the answer may still come. */
      readonly late: LateDecision | null;
    }
  | {
      readonly at: "deciding";
      readonly vehicle: Vehicle;
      readonly ticket: number;
      readonly credential: OfferedCredential;
      /** The credential is a ticket that is still to be printed. */
      readonly issued: boolean;
      readonly askedAt: MonoMs;
      /** The request is that of a hand. */
      readonly override: Hand | null;
      /** A hand that came while the rules were being asked; it decides when they don't admit. */
      readonly next: Hand | null;
    }
  | Paying
  | {
      readonly at: "printing";
      readonly vehicle: Vehicle & { readonly movementId: Uuid };
      readonly jobId: string;
      readonly credential: OfferedCredential;
      readonly askedAt: MonoMs;
    }
  /** `returned`: the loop was clear in between, and no read has said since that it is the same vehicle. */
  | { readonly at: "admitted"; readonly grantId: string; readonly returned: boolean }
  /** The loop is still covered by the vehicle that is under the arm already. */
  | { readonly at: "tail" };

/** One vehicle that may pass. */
export interface Grant {
  readonly id: string;
  readonly origin: "decision" | "operator" | "fail_open";
  /** The request behind it that was not answered in time; null when there is none. */
  readonly ticket: number | null;
  /** Whether that request may still be answered. */
  readonly late: boolean;
  /** What may be owed under `ticket` is in the ledger, which also ends the movement. */
  readonly owed: boolean;
  readonly movementId: Uuid | null;
  /** What its vehicle is known by, the plate first. */
  readonly values: readonly string[];
  readonly issuedAt: MonoMs;
  /** When its vehicle left the arming loop without reaching the safety loop. */
  readonly leftAt: MonoMs | null;
  /** It left while the vehicle before it covered the safety loop: where to, that loop can't tell. */
  readonly hidden: boolean;
}

/** A vehicle that was not admitted and left the arming loop while the one before it covered the safety loop. */
export interface Hidden {
  readonly movementId: Uuid | null;
  readonly ticket: number | null;
  readonly owed: boolean;
}

/** One vehicle between the safety loop and the end of the closing loop. */
export interface Crossing {
  readonly grant: Grant | null;
  /** A decision that did not admit it, when it drove on all the same. */
  readonly movementId: Uuid | null;
  /** A request that was not answered yet when it drove on. */
  readonly ticket: number | null;
  readonly owed: boolean;
  /** It was here before the agent was: nothing is recorded of it. */
  readonly unwitnessed: boolean;
  readonly beganAt: WallMs;
  readonly clearedAt: MonoMs | null;
  /** How far its front came: over the closing loop, or back off it with the safety loop still covered. */
  readonly front: "before" | "closing" | "back";
  /** The arming loop was clear when the vehicle left the safety loop, so it did not leave it backwards. */
  readonly forwards: boolean;
}

/** A request that is still under way although its vehicle is gone, and how its movement ends then. */
export interface Awaited {
  readonly ticket: number;
  /** The movement it is asked under; null for a first decision, and when the ledger ends it. */
  readonly movementId: Uuid | null;
  readonly admitted: MovementOutcome;
  readonly otherwise: MovementOutcome;
  readonly owed: boolean;
  /** When the vehicle passed; null when it did not, or when another record tells of it. */
  readonly beganAt: WallMs | null;
}
