import type { CredentialKind } from "../../contracts/mqtt/events.ts";
import type { ClockQuality, LinkState } from "../../contracts/primitives.ts";
import type { SessionStart, TariffRef } from "../session/session-types.ts";
import type { Quote } from "../tariff/quote.ts";
import type { DisplayKey } from "./display.ts";
import type { ReasonCode } from "./reasons.ts";

export type AskKind = "ticket" | "qr" | "pay" | "operator" | "retry_read";

/** Why. `rule` names what spoke (a permit, a blocklist entry, the lot's policy); `version` where it has one. */
export interface Reason {
  readonly code: ReasonCode;
  readonly rule: string;
  readonly version: number | null;
}

export type SessionChange =
  | { readonly kind: "none" }
  /** `supersedes` are open sessions of the same vehicle whose exit was never seen: close them first. */
  | { readonly kind: "open"; readonly start: SessionStart; readonly supersedes: readonly string[] }
  /** The vehicle was let through before and not seen to pass: go on with that session. */
  | { readonly kind: "resume"; readonly sessionId: string }
  /** When the vehicle has passed from one area of the lot to another; null: no stay is known, only the counts change. */
  | {
      readonly kind: "move";
      readonly sessionId: string | null;
      readonly from: string | null;
      readonly to: string | null;
    }
  /** When the vehicle has passed. */
  | { readonly kind: "close"; readonly sessionId: string }
  /** There is no session: record one that is closed as `exit_without_entry` when the vehicle has passed. */
  | {
      readonly kind: "close_without_entry";
      readonly plate: string | null;
      readonly ticket: string | null;
      readonly tariff: TariffRef | null;
    };

export type ChargeChange =
  | { readonly kind: "none" }
  /** To be paid before the gate opens. */
  | { readonly kind: "due"; readonly quote: Quote; readonly dueMinor: number }
  /** Nothing is left to pay. */
  | { readonly kind: "settled"; readonly quote: Quote }
  /** Collected from the account after the exit. */
  | { readonly kind: "account"; readonly quote: Quote; readonly accountId: string; readonly amountMinor: number }
  /** Leaves owing this. `quote` is null where the stay can't be priced: a person has to. */
  | { readonly kind: "debt"; readonly quote: Quote | null; readonly amountMinor: number };

/** What an auditor needs to follow the decision. */
export interface DecisionAudit {
  readonly policyVersion: number;
  readonly replicaVersion: number;
  readonly replicaAgeMs: number | null;
  readonly link: LinkState;
  readonly clock: ClockQuality;
}

export interface DecisionBody {
  /** At least one; the first decided. Codes are unique and at most MAX_REASONS. */
  readonly reasons: readonly [Reason, ...Reason[]];
  /** Key of the display text. */
  readonly displayKey: DisplayKey;
  /** What the decision goes by; null when nothing usable was read or shown. */
  readonly credential: { readonly kind: CredentialKind; readonly value: string } | null;
  /** The plate of the permit, reservation or session that was matched exactly. */
  readonly matchedPlate: string | null;
  readonly charge: ChargeChange;
  readonly audit: DecisionAudit;
}

export type Decision =
  | (DecisionBody & { readonly outcome: "admit"; readonly session: SessionChange })
  | (DecisionBody & { readonly outcome: "ask"; readonly ask: AskKind; readonly session: { readonly kind: "none" } })
  | (DecisionBody & { readonly outcome: "refuse"; readonly session: { readonly kind: "none" } });

/** How many reasons a decision carries at most; the contract of `decision.made` has the same limit. */
export const MAX_REASONS = 16;
