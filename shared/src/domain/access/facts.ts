import type { ClockQuality, Direction, LinkState, SpotType } from "../../contracts/primitives.ts";
import type { BlocklistEntry } from "../../contracts/replica/blocklist.ts";
import type { Permit, Pool } from "../../contracts/replica/permit.ts";
import type { Reservation } from "../../contracts/replica/reservation.ts";
import type { Tariff } from "../../contracts/replica/tariff.ts";
import type { WallMs } from "../../kit/clock.ts";
import type { Session } from "../session/session-types.ts";
import type { Debt, StayPayment, Validation } from "../tariff/quote.ts";
import type { ReasonCode } from "./reasons.ts";

export type LaneMode = "automatic" | "held_open" | "locked" | "emergency_open" | "out_of_service" | "fault";

export interface LaneFacts {
  readonly laneId: string;
  /** The way the lane works at this moment; a reversible lane has one too. */
  readonly direction: Direction;
  readonly mode: LaneMode;
  /** The arming loop is occupied. */
  readonly vehiclePresent: boolean;
}

export interface PlateRead {
  readonly raw: string;
  /** 0 to 1; null where the camera gives none. */
  readonly confidence: number | null;
  /** Which way the vehicle drove; null where the camera can't tell. */
  readonly heading: "towards" | "away" | null;
  /** Monotonic time since it was captured. */
  readonly ageMs: number;
}

/** Something other than a plate that was shown at the lane. `fresh_ticket` was printed for this vehicle just now. */
export interface ShownCredential {
  readonly kind: "ticket" | "fresh_ticket" | "qr" | "card" | "pin";
  readonly code: string;
}

/** What can be wrong with a ticket or a validation that is shown. */
export type CodeFault = Extract<
  ReasonCode,
  | "ticket_mistyped"
  | "ticket_forged"
  | "ticket_other_lot"
  | "ticket_used"
  | "validation_used"
  | "validation_not_in_time"
  | "validation_without_stay"
>;

export type ReplicaClass = "permits" | "reservations" | "blocklist" | "credits";

export interface ReplicaFacts {
  readonly version: number;
  /** Since the cloud last confirmed it, on the monotonic clock; null when it never did since the data was loaded. */
  readonly ageMs: number | null;
}

/** How many vehicles a permit has inside now; sessions of the vehicle at the lane itself are not counted. */
export interface PermitUse {
  readonly permitId: string;
  readonly inside: number;
}

export interface PoolUse {
  readonly pool: Pool;
  readonly inside: number;
}

export interface LotCounts {
  readonly inside: number;
  /** Vehicles whose innermost area it is; those in areas within it are counted there. */
  readonly insideByArea: Readonly<Record<string, number>>;
  readonly insideBySpotType: Partial<Readonly<Record<SpotType, number>>>;
}

/**
 * What is known when a vehicle stands at a lane. Lists hold candidates: rows whose plate equals the read's normalised
 * text or resembles it (same `confusableKey`), or whose code was shown. The rules sort out which of them count.
 */
export interface SharedFacts {
  readonly lane: LaneFacts;
  readonly reads: readonly PlateRead[];
  readonly credential: ShownCredential | null;
  /** Why a code that was shown doesn't count as a credential or a validation; null where none was, or it does. */
  readonly codeFault: CodeFault | null;
  /** Open and paid sessions of these candidates, and closed ones whose last movement is `not_seen`. */
  readonly sessions: readonly Session[];
  readonly permits: readonly Permit[];
  readonly reservations: readonly Reservation[];
  /** Every version in the replica. */
  readonly tariffs: readonly Tariff[];
  readonly debts: readonly Debt[];
  readonly link: LinkState;
  readonly replica: ReplicaFacts;
  readonly clock: ClockQuality;
}

export interface EntryFacts extends SharedFacts {
  readonly permitUse: readonly PermitUse[];
  readonly pools: readonly PoolUse[];
  readonly blocklist: readonly BlocklistEntry[];
  readonly counts: LotCounts;
  /** The gate's store has hardly any room left, so no new stay may begin (SYNC-14). */
  readonly isStoreFull: boolean;
  /** The spot type that the driver or the camera's vehicle class asks for. */
  readonly wantedSpotType: SpotType;
  readonly vehicleClass: string | null;
}

/** A validation, and the stay that it is on. */
export interface StayValidation {
  readonly sessionId: string;
  readonly validation: Validation;
}

export interface ExitFacts extends SharedFacts {
  /**
   * Payments for the sessions above that are not in them yet: the replica's credits and what the lane's terminal took.
   * A null session: paid here just now by the vehicle in the lane, for which no session is known.
   */
  readonly payments: readonly (StayPayment & { readonly sessionId: string | null })[];
  /** What third parties take off each stay's fee. */
  readonly validations: readonly StayValidation[];
  /** When the ticket that was shown, and is this lot's, was printed; null where none was shown. */
  readonly ticketIssuedAt: WallMs | null;
  /** The driver said that the ticket is lost. */
  readonly lostTicket: boolean;
  /** A payment agreement of the plate's account, up to an amount; null without one. */
  readonly autoPay: { readonly accountId: string; readonly maxAmountMinor: number } | null;
}
