import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { DecisionDesk, MovementEnd, PaymentTaken, UndecidedPassage } from "../decision/decision-desk.ts";
import type { LaneReport, ReportLane } from "./lane-report.ts";

/** What a lane has to tell the store, as data, so that it outlives the agent where the store can't take it now. */
export type Untold =
  | { readonly kind: "finish"; readonly end: MovementEnd }
  | { readonly kind: "undecided"; readonly passage: UndecidedPassage }
  | { readonly kind: "paid"; readonly payment: PaymentTaken }
  | { readonly kind: "report"; readonly report: LaneReport };

export interface Listeners {
  readonly desk: Pick<DecisionDesk, "finish" | "undecidedPassage" | "paid">;
  readonly report: ReportLane;
}

/** Tells it. Rejects with `store_failed` when the store can't take it now, with another code when it never will. */
export async function tell({ desk, report }: Listeners, untold: Untold): Promise<void> {
  switch (untold.kind) {
    case "finish":
      return desk.finish(untold.end);
    case "undecided":
      return desk.undecidedPassage(untold.passage);
    case "paid":
      return void (await desk.paid(untold.payment));
    case "report":
      return report(untold.report);
    default:
      return assertNever(untold);
  }
}
