import type { SessionKind } from "../../contracts/mqtt/events.ts";
import type { Direction, MovementOutcome, SpotType } from "../../contracts/primitives.ts";
import type { WallMs } from "../../kit/clock.ts";
import type { StayPayment } from "../tariff/quote.ts";

export type CloseReason = "exit" | "exit_unconfirmed" | "superseded" | "operator" | "exit_without_entry" | "fail_open";
export type VoidReason = "backed_out" | "operator" | "replaced";

/** The version of a tariff that a session is priced by. */
export interface TariffRef {
  readonly id: string;
  readonly version: number;
}

export interface LastMovement {
  readonly movementId: string;
  readonly direction: Direction;
  /** Null while the vehicle is still in the lane. */
  readonly outcome: MovementOutcome | null;
}

export type SessionState =
  | { readonly status: "open" }
  /** What was due is paid; the vehicle may leave until `paidUntil` and owes again after it. */
  | { readonly status: "paid"; readonly paidUntil: WallMs }
  | {
      readonly status: "closed";
      readonly at: WallMs;
      readonly reason: CloseReason;
      readonly feeMinor: number;
      readonly debtMinor: number;
    }
  | { readonly status: "voided"; readonly at: WallMs; readonly reason: VoidReason };

/** What is fixed when a session opens. */
export interface SessionStart {
  readonly kind: SessionKind;
  readonly plate: string | null;
  /** The code of the ticket, QR code or card that the session hangs on. */
  readonly ticket: string | null;
  readonly permitId: string | null;
  readonly reservationId: string | null;
  readonly spotType: SpotType;
  /** The area that the vehicle is in, as far as it was seen; null where the lot has none there. */
  readonly area: string | null;
  readonly vehicleClass: string | null;
  readonly occupancyPermilleAtEntry: number | null;
  /** Null for stays that are never priced (permits), and where no tariff was known. */
  readonly tariff: TariffRef | null;
  readonly enteredAt: WallMs;
}

/** A stay, from an entry movement to an exit movement. */
export interface Session extends SessionStart {
  readonly sessionId: string;
  readonly state: SessionState;
  readonly payments: readonly StayPayment[];
  readonly lastMovement: LastMovement | null;
}

export type SessionEvent =
  | { readonly type: "opened"; readonly sessionId: string; readonly start: SessionStart; readonly movementId: string }
  | { readonly type: "moved"; readonly movement: LastMovement }
  /** Passed a lane within the lot. */
  | { readonly type: "changed_area"; readonly area: string | null }
  | { readonly type: "paid"; readonly payment: StayPayment; readonly coversDue: boolean }
  | {
      readonly type: "closed";
      readonly at: WallMs;
      readonly reason: CloseReason;
      readonly feeMinor: number;
      readonly debtMinor: number;
    }
  | { readonly type: "voided"; readonly at: WallMs; readonly reason: VoidReason };

/** What the shell has to do in the same transaction as the change. */
export type SessionEffect =
  | {
      readonly type: "count_inside";
      readonly delta: 1 | -1;
      readonly spotType: SpotType;
      readonly area: string | null;
    }
  | { readonly type: "count_area"; readonly from: string | null; readonly to: string | null }
  | { readonly type: "record_debt"; readonly amountMinor: number }
  /** Paid after the session was closed: settle its debt; what is left over is to be paid back. */
  | { readonly type: "settle_debt"; readonly amountMinor: number }
  | { readonly type: "pay_back"; readonly amountMinor: number };

export type SessionRefusal = "no_session" | "already_open" | "already_closed" | "already_voided" | "payment_known";
