import type { SessionChange } from "@gatehouse/shared/domain/access/decision.ts";
import type { TariffRef } from "@gatehouse/shared/domain/session/session-types.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionRequest } from "./decision-desk.ts";
import { type Shown, shownBy } from "./shown.ts";

/** What a stay costs when the vehicle leaves as decided; amounts in minor units of `currency`. */
export interface ExitCharge {
  readonly feeMinor: number;
  readonly paidMinor: number;
  readonly debtMinor: number;
  readonly currency: string;
  /** Debts of earlier visits that were collected with it. */
  readonly settledDebts: readonly Uuid[];
  /** Collected by the cloud from this account: no debt of the plate. */
  readonly account?: { readonly accountId: Uuid; readonly amountMinor: number };
}

/**
 * What becomes of sessions and counts when the vehicle has passed, backed out or was not seen. Kept with the movement, so
 * that it holds across a restart.
 */
export type PassagePlan =
  | { readonly kind: "none" }
  /** The session was opened, or gone on with, by the decision. */
  | { readonly kind: "entry"; readonly sessionId: Uuid }
  | {
      readonly kind: "exit";
      readonly sessionId: Uuid;
      readonly reason: "exit" | "fail_open";
      readonly charge: ExitCharge;
    }
  | {
      readonly kind: "exit_without_entry";
      readonly sessionId: Uuid;
      readonly plate: string | null;
      readonly ticket: string | null;
      readonly tariff: TariffRef | null;
      readonly charge: ExitCharge;
    }
  /** From one area of the lot to another; null: no stay is known. */
  | {
      readonly kind: "move";
      readonly sessionId: Uuid | null;
      readonly from: string | null;
      readonly to: string | null;
    }
  /** The session was closed before, when the vehicle was not seen to leave. */
  | { readonly kind: "exit_again"; readonly sessionId: Uuid };

/** All that the desk keeps with a movement. */
export interface MovementPlan {
  readonly passage: PassagePlan;
  /** To decide anew; null where an entry was admitted, whose stay tells the same: the shorter row keeps the flush small. */
  readonly shown: Shown | null;
  /** Where a payment of a vehicle without a known stay is booked. */
  readonly sessionId: Uuid;
  /** The stay that was found; null without one. */
  readonly foundSessionId: Uuid | null;
  /** What the driver was asked for, and when: who pays just that owes nothing for the time that paying takes. */
  readonly asked?: { readonly at: WallMs; readonly dueMinor: number } | null;
}

/** The plan as text for its row. */
export function writePlan(plan: MovementPlan): string {
  return JSON.stringify(plan);
}

/** Reads what `writePlan` wrote, also that of agents which kept the request itself; that column has nothing else. */
export function readPlan(text: string): MovementPlan {
  const { request, ...plan } = JSON.parse(text) as MovementPlan & { readonly request?: DecisionRequest | null };
  return request ? { ...plan, shown: shownBy(request, null) } : plan;
}

/** What a decision's session change means for the passage. */
export function passageOf(
  change: SessionChange,
  {
    newSessionId,
    isExit,
    charge,
  }: { readonly newSessionId: Uuid; readonly isExit: boolean; readonly charge: ExitCharge },
): PassagePlan {
  switch (change.kind) {
    case "none":
      return { kind: "none" };
    case "open":
      return { kind: "entry", sessionId: newSessionId };
    case "resume":
      return { kind: isExit ? "exit_again" : "entry", sessionId: change.sessionId };
    case "move": {
      const { sessionId, from, to } = change;
      return { kind: "move", sessionId, from, to };
    }
    case "close":
      return { kind: "exit", sessionId: change.sessionId, reason: "exit", charge };
    case "close_without_entry": {
      const { plate, ticket, tariff } = change;
      return { kind: "exit_without_entry", sessionId: newSessionId, plate, ticket, tariff, charge };
    }
  }
}
