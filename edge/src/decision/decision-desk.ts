import type { CredentialKind, ReadEvidence } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { DecisionOutcome, Direction, MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Money } from "@gatehouse/shared/kit/money.ts";

/** Somebody, or something, that let a vehicle through whatever the rules say. */
export interface Override {
  readonly actor: string;
  readonly reason: string;
  readonly commandId: Uuid | null;
  /**
   * When the fail policy let the vehicle go because the desk could not be asked. It is booked as of then, as `fail_open`,
   * and no hand was on the lane.
   */
  readonly letGoAt?: WallMs;
}

export interface DecisionRequest {
  readonly laneId: Uuid;
  readonly direction: Direction;
  readonly credential: { readonly kind: CredentialKind; readonly value: string };
  /** The camera's read behind a plate credential. */
  readonly read: ReadEvidence | null;
  /** A hand that takes over: admits whatever the rules say, with its reason in the audit. */
  readonly override: Override | null;
}

export interface LaneDecision {
  readonly movementId: Uuid;
  readonly outcome: DecisionOutcome;
  /** What is asked for when the outcome is `ask`: ticket, qr, pay, operator, retry_read. */
  readonly ask: string | null;
  readonly reasons: readonly string[];
  readonly displayKey: string;
  readonly sessionId: Uuid | null;
  readonly plate: string | null;
  /** Still to be paid before the exit opens. */
  readonly due: Money | null;
}

export interface PaymentTaken {
  readonly movementId: Uuid;
  readonly sessionId: Uuid;
  readonly laneId: Uuid;
  readonly amount: Money;
  readonly method: "credit_card" | "mobile_payment" | "cash";
  readonly reference: string;
}

export interface MovementEnd {
  readonly movementId: Uuid;
  readonly outcome: MovementOutcome;
  readonly endedAt: WallMs;
}

/** A vehicle that passed without a decision of its own: behind another one, or through a held-open lane. */
export interface UndecidedPassage {
  readonly laneId: Uuid;
  readonly direction: Direction;
  readonly outcome: "tailgated" | "passed";
  readonly beganAt: WallMs;
  readonly endedAt: WallMs;
}

/**
 * Where a lane gets its decisions. Each call is one durable SQLite transaction (SYNC-01): when its promise resolves,
 * the decision, session, movement, outbox events and journal have reached the disk.
 * Rejects with `GatehouseError` of code `store_failed` when the store can't commit; the lane then follows its fail policy.
 */
export interface DecisionDesk {
  decide(request: DecisionRequest): Promise<LaneDecision>;
  /** Records a payment at the lane and decides anew for the same movement. */
  paid(payment: PaymentTaken): Promise<LaneDecision>;
  finish(end: MovementEnd): Promise<void>;
  undecidedPassage(passage: UndecidedPassage): Promise<void>;
}
