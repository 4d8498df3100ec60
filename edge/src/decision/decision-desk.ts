import type { CredentialKind, ReadEvidence } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type {
  ClockQuality,
  DecisionOutcome,
  Direction,
  LinkState,
  MovementOutcome,
} from "@gatehouse/shared/contracts/primitives.ts";
import type { Decision } from "@gatehouse/shared/domain/access/decision.ts";
import type { EntryFacts, ExitFacts } from "@gatehouse/shared/domain/access/facts.ts";
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
  /** Which way the vehicle drives; a reversible lane says it at each request. */
  readonly direction: Direction;
  readonly credential: { readonly kind: CredentialKind; readonly value: string };
  /** The camera's read of this vehicle: behind a plate credential, or beside a ticket or code that was shown. */
  readonly read: ReadEvidence | null;
  /** A hand that takes over: admits whatever the rules say, with its reason in the audit. */
  readonly override: Override | null;
  /**
   * The same vehicle once more: decide anew under this movement, which keeps its id and `beganAt`. What was read or shown
   * before stays known, so that a plate and a ticket shown after it are on one session, and a code of a validation is
   * added to the stay. A session that the movement opened is gone on with or voided, so there is never a second one. For
   * a movement that has ended or isn't known, a new one begins. Left out or null: a vehicle of its own.
   */
  readonly again?: Uuid | null;
  /** The driver says that the ticket is lost; holds for all later decisions of the movement. Left out: false. */
  readonly lostTicket?: boolean;
}

/** What `explain` is asked: who would stand at which lane, and when. */
export interface ExplainQuery {
  readonly laneId: Uuid;
  readonly direction: Direction;
  readonly plate: string | null;
  /** Ticket, QR code, card or PIN; which of them it is, is found out by its form. */
  readonly code: string | null;
  readonly lostTicket?: boolean;
  /** Null: now. */
  readonly at: WallMs | null;
}

export interface ExplainedReason {
  readonly code: string;
  /** One sentence for an operator. */
  readonly text: string;
  /** What spoke: `lot` for the policy, else the id of a permit, reservation, session, tariff or list entry. */
  readonly rule: string;
  readonly version: number | null;
}

/** What the desk would decide, and all that this rests on. Nothing was written and nothing opens by it. */
export interface Explanation {
  readonly at: WallMs;
  readonly decision: Decision;
  readonly reasons: readonly ExplainedReason[];
  /** Null while the lot's policy has never been received: then the lane's failure rule speaks. */
  readonly facts: EntryFacts | ExitFacts | null;
  readonly policyVersion: number | null;
  readonly replica: { readonly version: number; readonly ageMs: number | null };
  readonly link: LinkState;
  readonly clock: ClockQuality;
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
  /** Records a payment at the lane and decides anew for the same movement; one that has ended stays as it is. */
  paid(payment: PaymentTaken): Promise<LaneDecision>;
  /**
   * What the vehicle did. `backed_out` also ends an entry whose ticket could not be printed or taken: the session and its
   * count are voided, and the ticket's code opens nothing from then on.
   */
  finish(end: MovementEnd): Promise<void>;
  undecidedPassage(passage: UndecidedPassage): Promise<void>;
  /**
   * A code for a ticket that this lane is about to print: new, signed, to be checked by any machine of the lot without a
   * network. A stay hangs on it when it comes back as the credential of a decision. Throws `store_failed`.
   */
  newTicketCode(laneId: Uuid): string;
  /** What would be decided, with everything that it rests on; only reads. Rejects with `store_failed`. */
  explain(query: ExplainQuery): Promise<Explanation>;
}
