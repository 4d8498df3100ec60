import type { MoneyRows } from "./money-rows.ts";
import type { MovementRows } from "./movement-rows.ts";
import type { Occupancy } from "./occupancy.ts";
import type { ReplicaFactRows } from "./replica-facts.ts";
import type { SessionRows } from "./session-rows.ts";

/** What a decision reads and writes; only within a transaction of the store. */
export interface DecisionRecords {
  readonly sessions: SessionRows;
  readonly movements: MovementRows;
  readonly money: MoneyRows;
  readonly occupancy: Pick<Occupancy, "counts" | "session" | "correct" | "superseded">;
  readonly replica: ReplicaFactRows;
}
